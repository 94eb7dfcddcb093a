"""What experiments read: LoCoMo conversations, and texts one a line.

LoCoMo: Maharana et al., arXiv:2402.17753. A turn's text is `speaker: text`, and its picture's caption after a blank.
Observations are fact sentences that point at the turns they come from. Questions of categories 1 to 4 whose evidence
names a turn that exists are kept; 5 is adversarial, without an answer.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SOURCE = "locomo10.json from https://github.com/snap-research/locomo/tree/main/data"


@dataclass(frozen=True)
class Question:
    """A question, and the turns that answer it."""

    text: str
    evidence: frozenset[str]


@dataclass(frozen=True)
class Conversation:
    """One conversation, its turns in order."""

    name: str
    turns: dict[str, str]  # turn id -> text
    facts: dict[str, tuple[str, ...]]  # turn id -> observations about it
    questions: tuple[Question, ...]


def read_locomo(path: str | Path) -> list[Conversation]:
    """The conversations of a LoCoMo file. Raises ValueError, saying where to get one, if it is something else."""
    try:
        samples = json.loads(_read(path))
        conversations = [_conversation(sample) for sample in samples]
    except (json.JSONDecodeError, LookupError, TypeError, AttributeError) as reason:
        raise ValueError(f"{path} must be a LoCoMo file: get {SOURCE}") from reason
    if not conversations:
        raise ValueError(f"{path} holds no conversation: get {SOURCE}")
    return conversations


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file that are not blank. Raises ValueError if there is none."""
    lines = [line.strip() for line in _read(path).splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"{path} is empty: it must hold one text a line")
    return lines


def _read(path: str | Path) -> str:
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}; LoCoMo is {SOURCE}")
    try:
        return Path(path).read_text("utf-8")
    except UnicodeDecodeError as reason:
        raise ValueError(f"{path} must be UTF-8 text, but byte {reason.start + 1} is not") from reason


def _conversation(sample: dict) -> Conversation:
    spoken = sample["conversation"]
    sessions = sorted((k for k in spoken if re.fullmatch(r"session_\d+", k)), key=lambda k: int(k.split("_")[1]))
    turns = {turn["dia_id"]: _said(turn) for session in sessions for turn in spoken[session]}
    facts: dict[str, list[str]] = {}
    for by_speaker in sample["observation"].values():
        for fact, ids in (pair for pairs in by_speaker.values() for pair in pairs):
            for turn in _ids([ids] if isinstance(ids, str) else ids, turns):
                facts.setdefault(turn, []).append(fact)
    asked = [(q["question"], _ids(q.get("evidence", []), turns)) for q in sample["qa"] if q["category"] in range(1, 5)]
    return Conversation(
        name=sample["sample_id"],
        turns=turns,
        facts={turn: tuple(about) for turn, about in facts.items()},
        questions=tuple(Question(text, frozenset(ids)) for text, ids in asked if ids),
    )


def _said(turn: dict) -> str:
    caption = turn.get("blip_caption")
    return f"{turn['speaker']}: {turn['text']}" + (f" {caption}" if caption else "")


def _ids(written: Iterable[str], turns: dict[str, str]) -> list[str]:
    """Turn ids as written, several in one string at times, kept when there is such a turn."""
    return [turn for one in written for turn in re.split(r"[;\s]+", one) if turn in turns]
