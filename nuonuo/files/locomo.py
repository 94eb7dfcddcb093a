"""What experiments read: LoCoMo conversations, and texts one a line.

LoCoMo: Maharana et al., arXiv:2402.17753. A turn's text is `speaker: text`, and its picture's caption after a blank.
Observations are fact sentences that point at the turns they come from. Questions of categories 1 to 4 whose evidence
names a turn that exists are kept; 5 is adversarial, without an answer. Ids such as D1:05 and D:1:5 are those of D1:5.
A file without observations has none.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nuonuo.files.limits import suite_bytes
from nuonuo.memory.records import About, is_text

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
    abouts: dict[str, About] = field(default_factory=dict)  # turn id -> session, place in it, its date, the turn id
    notes: tuple[str, ...] = ()  # ids of evidence that name no turn, and questions left out for it


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


def _read(path: str | Path) -> str:
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}; LoCoMo is {SOURCE}")
    try:
        return suite_bytes(Path(path)).decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise ValueError(f"{path} must be UTF-8 text, but byte {reason.start + 1} is not") from reason


def _conversation(sample: dict) -> Conversation:
    spoken = sample["conversation"]
    sessions = sorted((k for k in spoken if re.fullmatch(r"session_\d+", k)), key=lambda k: int(k.split("_")[1]))
    turns, abouts = {}, {}
    for session in sessions:
        date = spoken.get(f"{session}_date_time")
        when = date if is_text(date) else None
        for place, turn in enumerate(spoken[session], 1):
            turns[turn["dia_id"]] = _said(turn)
            name = str(turn["dia_id"])
            abouts[turn["dia_id"]] = About(
                session=session, position=place, source=name if is_text(name) else None, when=when
            )
    facts: dict[str, list[str]] = {}
    for by_speaker in (sample.get("observation") or {}).values():
        for fact, ids in (pair for pairs in by_speaker.values() for pair in pairs):
            for turn in evidence_of(ids, turns)[0]:
                facts.setdefault(turn, []).append(fact)
    asked = [(q["question"], *evidence_of(q.get("evidence", []), turns)) for q in sample["qa"] if _is_asked(q)]
    return Conversation(
        name=sample["sample_id"],
        turns=turns,
        facts={turn: tuple(about) for turn, about in facts.items()},
        questions=tuple(Question(text, frozenset(ids)) for text, ids, _ in asked if ids),
        abouts=abouts,
        notes=tuple(_note(text, ids, unknown) for text, ids, unknown in asked if unknown or not ids),
    )


def _is_asked(question: dict) -> bool:
    """Whether a question is of a category that has answers."""
    return str(question["category"]) in {"1", "2", "3", "4"}


def _note(text: str, ids: list[str], unknown: list[str]) -> str:
    """What became of a question whose evidence names no turn."""
    what = f"its evidence {', '.join(map(repr, unknown))} names no turn" if unknown else "it names no evidence"
    return f"question {text!r} {'kept in part' if ids else 'left out'}: {what}"


def _said(turn: dict) -> str:
    caption = turn.get("blip_caption")
    return f"{turn['speaker']}: {turn['text']}" + (f" {caption}" if caption else "")


def evidence_of(written: str | Iterable[str], turns: Iterable[str]) -> tuple[list[str], list[str]]:
    """The turns that evidence names, several in one text at times, and what of it names none.

    D1:05, D:1:5 and "(D1:5)" are D1:5 where there is no turn that is called so itself.
    """
    known = set(turns)
    folded = {_folded(turn): turn for turn in known}
    found: dict[str, None] = {}
    unknown: list[str] = []
    for one in [written] if isinstance(written, str) else written:
        for name in filter(None, re.split(r"[;,\s()\[\]\"']+", re.sub(r"(?<=\d)\s*:\s*(?=\d)", ":", str(one)))):
            turn = name if name in known else folded.get(_folded(name))
            if turn is None:
                unknown.append(name)
            else:
                found[turn] = None
    return list(found), unknown


def _folded(name: str) -> str:
    """A turn's id without leading zeros and doubled colons: d1:5 for D1:05 and D:1:5."""
    numbers = re.fullmatch(r"([A-Za-z]*):?0*(\d+):0*(\d+)", name)
    return f"{numbers[1]}{numbers[2]}:{numbers[3]}".casefold() if numbers else name.casefold()
