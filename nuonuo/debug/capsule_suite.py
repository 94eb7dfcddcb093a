"""Capsules as one regression suite: all those in a folder asked again, a table and a JUnit file of what came of it.

Of its own excerpt a capsule passes if the Trace and the verdict are what they were; of another bank if the recall is
right there, or, where ranks are what counts, if everything expected is among the first k. In another bank what is
expected is found by its own id or by its texts, never by the number that it had in the old one.
"""

import json
import re
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from nuonuo.debug.asking import ask
from nuonuo.debug.capsule import Capsule
from nuonuo.debug.capsule_schema import check_size
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.elsewhere import things_in
from nuonuo.debug.replaying import replay
from nuonuo.memory import Memory
from nuonuo.memory.encoder import DEFAULT, Encoder, Progress

PASSED, FAILED, ERROR = "passed", "failed", "error"
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML 1.0 cannot hold


@dataclass(frozen=True)
class Case:
    """One capsule, asked again."""

    file: str  # below the folder
    outcome: str
    query: str  # empty if it could not be read
    verdict: str  # now; empty if it could not be asked
    then: str
    rank: int | None  # of what the verdict is about
    why: str  # a sentence; empty if it passed and nothing is to be said
    seconds: float

    @property
    def row(self) -> dict:
        """As a flat row."""
        about = {"capsule": self.file, "outcome": self.outcome, "query": self.query, "verdict": self.verdict}
        return about | {"then": self.then, "rank": self.rank, "why": self.why}


def files_of(folder: str | Path) -> list[Path]:
    """The capsules in a folder and below, or a capsule's file itself.

    That is every file capsule*.json, whatever is in it, and every other .json that holds a capsule's fields. Raises
    ValueError if there is none.
    """
    folder = Path(folder)
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    found = [path for path in sorted(folder.rglob("*.json")) if path.is_file() and _is_capsule(path)]
    if not found:
        raise ValueError(f"there is no capsule in {folder}: a capsule is a JSON file that Debug or `make` has written")
    return found


def check(
    folder: str | Path,
    bank: str | Path | None = None,
    within: int | None = None,
    progress: Progress | None = None,
    encoder: Encoder | None = None,
) -> list[Case]:
    """Ask every capsule in a folder again; one that cannot be read or asked is an error, and the others still run.

    bank: to ask instead of the excerpts. within: ranks that count there, instead of "right". encoder: the default one,
    where it is loaded already. Raises ValueError if there is no capsule or no such bank, or within is given without a
    bank or below 1.
    """
    if within is not None and (bank is None or within < 1):
        raise ValueError(f"within must be >= 1 and is about another bank, got {within}{'' if bank else ' and no bank'}")
    files, done = files_of(folder), list[Case]()
    root = Path(folder) if Path(folder).is_dir() else Path(folder).parent
    loaded = _Encoders(encoder)
    with closing(Memory.open(bank)) if bank is not None else closing(loaded) as opened:
        memory = opened if isinstance(opened, Memory) else None
        for path in files:
            done.append(_case(path, str(path.relative_to(root)), memory, within, loaded))
            if progress:
                progress(len(done), len(files))
    return done


class _Encoders:
    """The default encoder, loaded when a capsule first needs it."""

    def __init__(self, given: Encoder | None) -> None:
        self.given = given

    def of(self, capsule: Capsule) -> Encoder | None:
        """For a capsule that was made with the default encoder."""
        if capsule.meta.encoder != DEFAULT:
            return None
        self.given = self.given or Encoder(DEFAULT)
        return self.given

    def close(self) -> None:
        """Nothing is held open."""


def _case(path: Path, name: str, memory: Memory | None, within: int | None, encoders: _Encoders) -> Case:
    began = time.perf_counter()
    query = then = ""
    try:
        capsule = Capsule.read(path)
        query, then = capsule.query, capsule.verdict
        outcome, verdict, rank, why = (
            _of_excerpt(capsule, encoders) if memory is None else _of_bank(capsule, memory, within)
        )
    except (ValueError, OSError) as reason:
        return Case(name, ERROR, query, "", then, None, str(reason), time.perf_counter() - began)
    return Case(name, outcome, query, verdict, then, rank, why, time.perf_counter() - began)


def _of_excerpt(capsule: Capsule, encoders: _Encoders) -> tuple[str, str, int | None, str]:
    found = replay(capsule, encoder=encoders.of(capsule))
    changed = "" if found.verdict == found.then else f"The verdict was “{found.then}” and is “{found.verdict}”. "
    why = "" if found.same else f"{changed}{found.sentence}"
    return PASSED if found.same else FAILED, found.verdict, found.rank, why


def _of_bank(capsule: Capsule, memory: Memory, within: int | None) -> tuple[str, str, int | None, str]:
    rule = capsule.rule if within is None else replace(capsule.rule, within=within)
    asking = replace(capsule.asking, k=max(capsule.asking.k, rule.within))  # what counts must be among the candidates
    found = diagnose(memory, ask(memory, capsule.question, asking), things_in(capsule, memory), rule)
    right = found.ranked if within is not None else not found.causes
    beyond = f"Not so: {rule}. " if within is not None and not right else ""
    return PASSED if right else FAILED, str(found.verdict), found.rank, "" if right else beyond + found.sentence


def junit(cases: Sequence[Case], name: str) -> str:
    """The cases as a JUnit XML file, as CI servers read it."""
    failures, errors = (sum(one.outcome == kind for one in cases) for kind in (FAILED, ERROR))
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors), "skipped": "0"}
    total = f"{sum(one.seconds for one in cases):.3f}"
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(root, "testsuite", {"name": _plain(name), **counts, "time": total})
    for one in cases:
        about = {"classname": "nuonuo.check", "name": _plain(one.file), "time": f"{one.seconds:.3f}"}
        case = ElementTree.SubElement(suite, "testcase", about)
        if one.outcome != PASSED:
            kind = {"type": one.verdict or "unreadable", "message": _plain(one.why or one.verdict)}
            what = ElementTree.SubElement(case, "failure" if one.outcome == FAILED else "error", kind)
            what.text = _plain(f"{one.query}\n{one.verdict}\n{one.why}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _plain(text: str) -> str:
    return NO_XML.sub("\ufffd", text)


def _is_capsule(path: Path) -> bool:
    if path.name.startswith("capsule"):
        return True
    try:
        check_size(path.stat().st_size)
        text = path.read_text("utf-8-sig")
        check_size(len(text), text)
        given = json.loads(text)
    except (ValueError, RecursionError, OSError):
        return False
    return isinstance(given, dict) and {"format", "asking", "trace", "memories"} <= set(given)
