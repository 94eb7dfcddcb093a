"""LongMemEval: how often the turns and sessions that answer a question are among the first recalled.

Wu et al., arXiv:2410.10813; files longmemeval_oracle.json, longmemeval_s.json and longmemeval_m.json. Retrieval only,
without a language model: every question has its own haystack, which is a bank of its turns; a session ranks as its best
turn. Questions whose id ends in _abs have no answer and are counted apart. The file is read a question at a time.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from nuonuo.encoder import Encoder, Progress
from nuonuo.items import Item
from nuonuo.lab.intervals import average
from nuonuo.lab.locomo import PLAIN
from nuonuo.memory import Memory

SOURCE = "https://github.com/xiaowu0162/LongMemEval"
CUTS = (1, 5, 10)
ABSTENTION = "abstention"
CHUNK = 1 << 20  # characters read at a time
FIELDS = ("question_id", "question_type", "question", "haystack_session_ids", "haystack_sessions", "answer_session_ids")


@dataclass(frozen=True)
class Turn:
    """One turn of a haystack."""

    session: str
    text: str  # role: content
    answers: bool  # whether it is marked as holding the answer


@dataclass(frozen=True)
class Instance:
    """One question with its haystack."""

    id: str
    type: str
    question: str
    turns: tuple[Turn, ...]
    sessions: frozenset[str]  # those that answer it

    @property
    def abstains(self) -> bool:
        """Whether nothing in the haystack answers it."""
        return self.id.endswith("_abs")


def run(
    file: str | Path,
    cues: bool = False,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows method, question_type, level, recall@1, recall@5, recall@10, n, top_cosine.

    file: one of the published files. Methods: cosine, default, and with `cues` the default with each sentence of a turn
    as a further cue of it. level: turn or session; "all" sums the types that have answers. Of abstention questions
    only top_cosine, of the nearest turn, can be given. progress(done, done + 1) after each question, for the file's
    length is not known. Raises ValueError for a wrong file, naming the question.
    """
    encoder, found = encoder or Encoder(), list[dict]()
    methods: list[tuple[str, dict, bool]] = [("cosine", PLAIN, False), ("default", {}, False)]
    methods += [("default+cues", {}, True)] if cues else []
    for done, instance in enumerate(read(file), 1):
        for method, settings, split in methods:
            found += recalls(instance, encoder, split, settings | {"seed": seed}, method)
        if progress:
            progress(done, done + 1)
    return [row for method, _, _ in methods for row in table(method, [one for one in found if one["method"] == method])]


def read(path: str | Path) -> Iterator[Instance]:
    """The questions of a file, one at a time. Raises ValueError saying where to get one if it is something else."""
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}; LongMemEval is at {SOURCE}")
    number = 0
    for number, given in enumerate(objects(Path(path)), 1):
        try:
            yield _instance(given)
        except (LookupError, TypeError, AttributeError, ValueError) as reason:
            name = given.get("question_id", f"number {number}") if isinstance(given, dict) else f"number {number}"
            raise ValueError(
                f"{path}, question {name}: must have {', '.join(FIELDS)} as published at {SOURCE}"
            ) from reason
    if not number:
        raise ValueError(f"{path} holds no question; LongMemEval is at {SOURCE}")


def objects(path: Path) -> Iterator[dict]:
    """The objects of a JSON list, a few megabytes of the file in memory at a time. Raises ValueError if it is none."""
    decoder, buffer, begun = json.JSONDecoder(), "", False
    with path.open(encoding="utf-8") as file:
        while True:
            try:
                chunk = file.read(CHUNK)
            except UnicodeDecodeError as reason:
                raise ValueError(f"{path} must be UTF-8 text") from reason
            buffer += chunk
            if not begun:
                buffer, begun = buffer.lstrip("\ufeff \t\r\n"), True
                if not buffer.startswith("["):
                    raise ValueError(f"{path} must be a JSON list of questions; LongMemEval is at {SOURCE}")
                buffer = buffer[1:]
            while buffer := buffer.lstrip(" \t\r\n,"):
                if buffer.startswith("]"):
                    return
                try:
                    given, end = decoder.raw_decode(buffer)
                except json.JSONDecodeError:
                    break  # the rest of it is still to be read
                yield given
                buffer = buffer[end:]
            if not chunk:
                raise ValueError(f"{path} ends in the middle: it must be a whole JSON list of questions")


def recalls(instance: Instance, encoder: Encoder, split: bool, settings: dict, method: str) -> list[dict]:
    """What one question recalled at both levels. split: sentences of a turn become cues."""
    about = {"method": method, "question_type": ABSTENTION if instance.abstains else instance.type}
    with closing(Memory(None, encoder, **settings)) as memory:
        items = [Item(turn.text, cues=sentences(turn.text) if split else ()) for turn in instance.turns]
        turn_of = dict(zip(memory.add_many(items), instance.turns, strict=True))
        trace = memory.recall(instance.question, k=len(items))
    ranked = [turn_of[candidate.id] for candidate in trace.candidates]
    top = {"top_cosine": trace.nearest.cosine}
    if instance.abstains:
        return [{**about, "level": "turn", **top}]
    sessions = list(dict.fromkeys(turn.session for turn in ranked))
    answers = sum(turn.answers for turn in instance.turns)
    rows = [{**about, "level": "session", **top, **at_cuts(sessions, instance.sessions)}]
    if answers:
        places = [i for i, turn in enumerate(ranked) if turn.answers]
        rows.append(
            {**about, "level": "turn", **top, **{f"recall@{k}": sum(p < k for p in places) / answers for k in CUTS}}
        )
    return rows


def at_cuts(ranked: Sequence[str], meant: frozenset[str]) -> dict[str, float]:
    """The share of what is meant among the first few."""
    return {f"recall@{k}": len(meant & set(ranked[:k])) / len(meant) for k in CUTS}


def table(method: str, found: list[dict]) -> list[dict]:
    """Means by question type and level, all types first."""
    answered = [one for one in found if one["question_type"] != ABSTENTION]
    rows = []
    for kind in ["all", *dict.fromkeys(one["question_type"] for one in found)]:
        for level in ("turn", "session"):
            pool = answered if kind == "all" else [one for one in found if one["question_type"] == kind]
            some = [one for one in pool if one["level"] == level]
            if not some:
                continue
            row = {"method": method, "question_type": kind, "level": level}
            for k in CUTS:
                name = f"recall@{k}"
                row[name] = None if kind == ABSTENTION else fmean(one[name] for one in some)
            if kind != ABSTENTION:
                last = average([one[f"recall@{CUTS[-1]}"] for one in some], "value", 0, 1)
                row |= {"low": last["low"], "high": last["high"]}
            rows.append({**row, "n": len(some), "top_cosine": fmean(one["top_cosine"] for one in some)})
    return rows


def sentences(text: str) -> list[str]:
    """The sentences of a turn with more than one."""
    parts = [part.strip() for part in re.split(r"(?<=[.!?])\s+", text.split(": ", 1)[-1]) if part.strip()]
    return list(dict.fromkeys(parts)) if len(parts) > 1 else []


def _instance(given: dict) -> Instance:
    turns = tuple(
        Turn(session, f"{turn['role']}: {turn['content']}", bool(turn.get("has_answer")))
        for session, said in zip(given["haystack_session_ids"], given["haystack_sessions"], strict=True)
        for turn in said
        if turn["content"].strip()
    )
    if not turns:
        raise LookupError
    return Instance(
        str(given["question_id"]),
        given["question_type"],
        given["question"],
        turns,
        frozenset(given["answer_session_ids"]) & {turn.session for turn in turns}
        or frozenset(given["answer_session_ids"]),
    )
