"""A capsule as a test for an engineer's own project: it fails until the recall is right.

The settings stand in it as literals, to be edited; NUONUO_BANK names a mended bank to ask instead.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nuonuo.debug.capsule import Capsule
from nuonuo.debug.capsule_json import SEPARATIONS
from nuonuo.noise import Noise

WIDTH = 90  # characters of a text in one line

PYTEST = '''"""{doc}"""

import os
from dataclasses import replace
from pathlib import Path

from nuonuo import {names}
from nuonuo.debug.capsule import Capsule
from nuonuo.debug.diagnosis import diagnose
from nuonuo.trace import Settings

CAPSULE = Path(__file__).with_name({file})
BANK = os.environ.get("NUONUO_BANK")  # a bank's file to ask instead of the capsule's excerpt, such as the mended one

{question}
MEANT = {meant}  # ids of which any is right; -1 is none that is stored
TEXTS = {texts}  # cues or targets that are right too
K = {k}  # candidates
BETA = {beta}  # inverse temperature of settling
STEPS = {steps}  # settling updates
NOISE = {noise}
HOPS = {hops}
SEPARATION = {separation}  # of the hops; None is power(3)
WHITENED = {whitened}


def test_the_question_recalls_what_was_meant():
    capsule = replace(Capsule.read(CAPSULE), meant=MEANT, texts=TEXTS)
    settings = Settings(K, BETA, STEPS, NOISE)
    asking = replace(capsule.asking, query=QUESTION, settings=settings, hops=HOPS, separation=SEPARATION)
    memory = Memory.open(BANK) if BANK else capsule.open()
    found = diagnose(memory, replace(asking, whitened=WHITENED).of(memory), capsule.meant_in(memory))
    why = " ".join(cause.sentence for cause in found.causes)
    stored = len(memory)
    memory.close()
    assert found.verdict == "right", f"{{found.verdict}}, rank {{found.rank}} of {{stored:,}}: {{why}}"
'''


def as_pytest(capsule: Capsule, file_name: str) -> str:
    """A test module that stands alone and fails until the recall is right. file_name: of the capsule beside it."""
    asking, s, phi = capsule.asking, capsule.asking.settings, capsule.asking.separation
    noise = ", ".join(f"{name}={value!r}" for name, value in asdict(s.noise).items() if value != getattr(Noise(), name))
    call = phi and SEPARATIONS[phi.name].__name__
    embedded = "" if asking.embedding is None else "  # by name; what is asked is the embedding in the capsule"
    return PYTEST.format(
        doc=_docstring(capsule),
        names=", ".join(["Memory", "Noise", *([call] if call else [])]),
        file=quoted(Path(file_name).name),
        question=f"QUESTION = {quoted(asking.query)}{embedded}",
        meant=listed([str(i) for i in capsule.meant]),
        texts=listed([quoted(text) for text in capsule.texts]),
        k=s.k,
        beta=s.beta,
        steps=s.steps,
        noise=f"Noise({noise})",
        hops=asking.hops,
        separation=f"{call}({'' if phi.parameter is None else phi.parameter})" if phi else "None",
        whitened=asking.whitened,
    )


def quoted(text: str) -> str:
    """A text as a Python literal, in double quotes unless it has some, and over several lines if it is long."""
    pieces = [repr(piece) for piece in re.findall(rf".{{1,{WIDTH}}}(?:\\s+|$)|.{{1,{WIDTH}}}", text, re.DOTALL)] or [
        "''"
    ]
    pieces = [f'"{piece[1:-1]}"' if piece[0] == "'" and '"' not in piece else piece for piece in pieces]
    return pieces[0] if len(pieces) == 1 else "\n    ".join(["(", *pieces]) + "\n)"


def listed(literals: Sequence[str]) -> str:
    """A tuple of literals, over several lines if it is long."""
    line = ", ".join(literals) + ("," if len(literals) == 1 else "")
    return f"({line})" if len(line) <= WIDTH else "\n    ".join(["(", *(f"{one}," for one in literals)]) + "\n)"


def _docstring(capsule: Capsule) -> str:
    """What failed and why. Backslashes and triple quotes of the texts cannot end it."""
    place = "" if capsule.rank is None else f", rank {capsule.rank}"
    said = f"{capsule.verdict}{place} of {capsule.trace.bank['memories']:,} in bank {capsule.bank}: {capsule.sentence}"
    how = "It fails until the recall is right: edit the settings, or let NUONUO_BANK name the file of the mended bank."
    query = textwrap.shorten(capsule.asking.query, WIDTH - 10, placeholder=" …")
    lines = [f"“{query}” must recall what was meant.", "", *textwrap.wrap(said, 116), "", how, ""]
    text = "\n".join("".join(c if c.isprintable() else repr(c)[1:-1] for c in line) for line in lines)
    return text.replace("\\", r"\\").replace('"""', r"\"\"\"")
