"""The texts that experiments run on: cue and target pairs with paraphrases, and memories to hide them among."""

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nuonuo.files import tables as rows
from nuonuo.files.explorer import explorer_file

SAMPLES = explorer_file("assets") / "banks"


@dataclass(frozen=True)
class Pair:
    """One association, and other ways to ask for it."""

    cue: str
    target: str
    cues: tuple[str, ...] = ()  # further cues that may be stored
    paraphrases: tuple[str, ...] = ()  # asked, never stored


def sample(name: str) -> list[Pair]:
    """The pairs of a sample bank of the project: support, facts, stories or confusable."""
    lines = (SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Pair(r["cue"], r["target"], tuple(r["cues"]), tuple(r["queries"])) for r in rows]


def read_pairs(path: str | Path) -> list[Pair]:
    """The pairs of a JSON file: a list of objects with cue, target and paraphrase.

    Raises ValueError if the file is missing or something else.
    """
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}: it must be a JSON list of objects with cue, target and paraphrase")
    try:
        rows = json.loads(Path(path).read_text("utf-8"))
        pairs = [Pair(r["cue"], r["target"], (), (r["paraphrase"],)) for r in rows]
    except (json.JSONDecodeError, UnicodeDecodeError, LookupError, TypeError) as reason:
        raise ValueError(f"{path} must be a JSON list of objects with cue, target and paraphrase") from reason
    if not pairs or not all(isinstance(text, str) for p in pairs for text in (p.cue, p.target, *p.paraphrases)):
        raise ValueError(f"{path} must be a JSON list of objects with cue, target and paraphrase, each a text")
    return pairs


def templated(n: int) -> list[Pair]:
    """n near-duplicates, as the prototype made its backgrounds."""
    return [Pair(f"Background task {i} about topic {i % 20}", f"Background fact {i} detail {i % 10}") for i in range(n)]


def sentences(file: str | Path | None = None) -> list[str]:
    """Real sentences: a file's lines, or those of the project's own banks (cues and targets, each once)."""
    if file is not None:
        return read_lines(file)
    own = [text for name in ("facts", "stories", "confusable") for p in sample(name) for text in (p.cue, p.target)]
    return list(dict.fromkeys(own))


def consecutive(texts: list[str]) -> list[Pair]:
    """Each text as a cue for the next."""
    return [Pair(a, b) for a, b in pairwise(texts)]


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file that are not blank. Raises ValueError if there is none."""
    lines = [line for _, line in rows.read_lines(Path(path))]
    if not lines:
        raise ValueError(f"{path} is empty: it must hold one text a line")
    return lines
