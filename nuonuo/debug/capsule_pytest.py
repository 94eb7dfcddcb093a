"""A capsule as a test for an engineer's own project: it fails until the recall is right.

The settings stand in it as literals, to be edited; NUONUO_BANK names a fixed bank to ask instead.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nuonuo.debug.capsule import Capsule
from nuonuo.debug.cause import HOPS, SETTLING
from nuonuo.memory.noise import Noise

WIDTH = 90  # characters of a text in one line

PYTEST = '''"""{doc}"""

import os
from dataclasses import replace
from pathlib import Path

from nuonuo import Asking, Memory, Noise
from nuonuo.debug.asking import ask
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.elsewhere import find, things_in
from nuonuo.memory.joining import Relation

CAPSULE = Path(__file__).with_name({file})  # or the name under which a browser saved it again, as "capsule (1).json"
BANK = os.environ.get("NUONUO_BANK")  # a bank's file to ask instead of the capsule's excerpt, such as the fixed one

{question}
EXPECTED = {expected}  # what must come: ids of the capsule's bank; in another they are found by own id or text
TEXTS = {texts}  # and cues or targets
ANY_OF = {any_of}  # and groups of ids, of each of which any will do
OWN_IDS = {own_ids}  # and ids of your own
WITHIN = {within}  # it counts among the first so many
NEED = {need}  # of several: "all", of which the first five count at least, or "any"
K = {k}  # candidates
BETA = {beta}  # inverse temperature of settling
STEPS = {steps}  # settling updates
NOISE = {noise}
HOPS = {hops}
SEPARATION = {separation}  # of the hops
WHITENED = {whitened}
WORDS = {words}  # weight of BM25
LINKS = {links}  # weight of what links bring
SPREAD = {spread}  # inverse temperature of the attention that is sent
SENDERS = {senders}
RELATIONS = {relations}  # kinds of links that carry it


def test_the_question_recalls_what_is_expected():
    said = {{"expected": EXPECTED, "texts": TEXTS, "any_of": ANY_OF, "own_ids": OWN_IDS}}
    capsule = replace(find(CAPSULE, QUESTION), query=QUESTION, within=WITHIN, need=NEED, **said)
    linked = (WORDS, LINKS, SPREAD, SENDERS, tuple(map(Relation, RELATIONS)))
    asking = Asking(K, BETA, STEPS, NOISE, WHITENED, HOPS, SEPARATION, *linked)
    memory = Memory.open(BANK) if BANK else capsule.open()
    expected = things_in(capsule, memory) if BANK else capsule.things_in(memory)
    found = diagnose(memory, ask(memory, capsule.question, asking), expected, capsule.rule)
    why = " ".join(cause.sentence for cause in found.causes)
    stored = len(memory)
    memory.close()
    assert {right}, f"{{found.verdict}}, rank {{found.rank}} of {{stored:,}}: {{why}}"
'''


def as_pytest(capsule: Capsule, file_name: str) -> str:
    """A test module that stands alone and fails until the recall is right. file_name: of the capsule beside it."""
    asking = capsule.asking
    noise = ", ".join(
        f"{name}={value!r}" for name, value in asdict(asking.noise).items() if value != getattr(Noise(), name)
    )
    embedded = "" if capsule.embedding is None else "  # by name; what is asked is the embedding in the capsule"
    return PYTEST.format(
        doc=_docstring(capsule),
        file=quoted(Path(file_name).name),
        question=f"QUESTION = {quoted(capsule.query)}{embedded}",
        expected=listed([str(i) for i in capsule.expected]),
        texts=listed([quoted(text) for text in capsule.texts]),
        k=asking.k,
        beta=asking.beta,
        steps=asking.steps,
        noise=f"Noise({noise})",
        hops=asking.hops,
        separation=quoted(asking.separation),
        own_ids=listed([quoted(one) for one in capsule.own_ids]),
        within=capsule.within,
        right="not found.causes" if capsule.verdict in SETTLING | HOPS else "found.ranked",
        need=quoted(capsule.need),
        any_of=listed([listed([str(i) for i in some]) for some in capsule.any_of]),
        whitened=asking.whitened,
        words=asking.words,
        links=asking.links,
        spread=asking.spread,
        senders=asking.senders,
        relations=listed([quoted(one) for one in asking.relations]),
    )


def quoted(text: str) -> str:
    """A text as a Python literal, in double quotes unless it has some, and over several lines if it is long."""
    pieces = [repr(piece) for piece in re.findall(rf".{{1,{WIDTH}}}(?:\s+|$)|.{{1,{WIDTH}}}", text, re.DOTALL)] or [
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
    said = f"{capsule.verdict}{place} of {capsule.trace.bank.memories:,} in bank {capsule.bank}: {capsule.sentence}"
    how = "It fails until the recall is right: edit the settings, or let NUONUO_BANK name the file of the fixed bank."
    query = textwrap.shorten(capsule.query, WIDTH - 10, placeholder=" …")
    lines = [f"“{query}” must recall what is expected.", "", *textwrap.wrap(said, 116), "", how, ""]
    text = "\n".join("".join(c if c.isprintable() else repr(c)[1:-1] for c in line) for line in lines)
    return text.replace("\\", r"\\").replace('"""', r"\"\"\"")
