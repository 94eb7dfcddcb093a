"""LMEB's LoCoMo rows of all-MiniLM-L6-v2: which way of writing a turn comes nearest to the published recall@10.

LMEB (Zhao et al., arXiv:2603.12572), in MTEB since pull request 4614. Its LoCoMo task has the 5,882 turns of the ten
conversations as documents (huggingface.co/datasets/mteb/LoCoMo), restricts each question to the turns of its own
conversation (`candidates.jsonl`), and takes pytrec_eval's recall@10, the mean share of a question's turns, by cosine;
the model runs without an instruction. How a turn was written as text stands only in the data, which is not here, so
eight ways are tried, each among the turns of the question's conversation, as theirs is, and among those of all.

Sixteen tries and a nearest one are a search, not a reproduction: with fewer than the ten conversations the 95% interval
of a value reaches about 0.05 either way, so several ways agree with the published rows and one is nearest by chance.
Only a file of all ten can tell. Single-hop is LoCoMo's category 4 and multi-hop its category 1.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nuonuo.files.locomo import SOURCE
from nuonuo.files.longmemeval import objects
from nuonuo.maths.intervals import average
from nuonuo.memory.encoder import Encoder, Progress

PUBLISHED = {"single-hop": 0.539, "multi-hop": 0.290}  # recall@10, of all ten conversations
CATEGORY = {4: "single-hop", 1: "multi-hop"}
CONVERSATIONS = 10  # in the published data
CUT = 10
NEAR = 0.01  # of the published value


@dataclass(frozen=True)
class Turn:
    """One turn as LoCoMo holds it."""

    id: str
    speaker: str
    text: str
    caption: str  # of its picture; empty if there is none
    date: str  # of its session

    @property
    def shown(self) -> str:
        """The caption behind a blank."""
        return f" {self.caption}" if self.caption else ""


@dataclass(frozen=True)
class Talk:
    """One conversation with its single-hop and multi-hop questions: text, kind, turns that answer it."""

    turns: tuple[Turn, ...]
    questions: tuple[tuple[str, str, frozenset[str]], ...]


WAYS: dict[str, Callable[[Turn], str]] = {
    "text": lambda t: t.text,
    "text caption": lambda t: t.text + t.shown,
    "speaker: text": lambda t: f"{t.speaker}: {t.text}",
    "speaker: text caption": lambda t: f"{t.speaker}: {t.text}{t.shown}",
    "date text": lambda t: f"{t.date} {t.text}",
    "date speaker: text": lambda t: f"{t.date} {t.speaker}: {t.text}",
    "date speaker: text caption": lambda t: f"{t.date} {t.speaker}: {t.text}{t.shown}",
    'speaker said, "text" and shared caption': lambda t: (
        f'{t.speaker} said, "{t.text}"' + (f" and shared {t.caption}" if t.caption else "")
    ),
}
POOLS = ("its conversation", "all conversations")  # among which turns a question looks


def run(file: str | Path, encoder: Encoder | None = None, progress: Progress | None = None) -> list[dict]:
    """Rows text, among, task, recall@10, low, high, n, any@10, published, difference, near, agrees, conversations.

    The way of writing nearest to both published values comes first. any@10 is the other definition of recall: whether
    any of a question's turns is there. near: whether it is within 0.01 of the published value. agrees: whether the 95%
    interval of recall@10 (low to high) holds that value, which is all that fewer than ten conversations can say.
    progress(done, total) after each way. Raises ValueError for a file that is no LoCoMo file or asks neither kind.
    """
    talks, encoder = list(_talks(Path(file))), encoder or Encoder()
    if not any(talk.questions for talk in talks):
        raise ValueError(f"{file} holds no question of categories 1 and 4 whose evidence is among its turns")
    asked = [encoder.encode([text for text, _, _ in talk.questions]) for talk in talks]
    blocks: list[list[dict]] = []
    for done, (name, way) in enumerate(WAYS.items(), 1):
        said = [encoder.encode([way(turn) or " " for turn in talk.turns]) for talk in talks]
        blocks += [_rows(name, pool, _recalls(talks, asked, said, pool), len(talks)) for pool in POOLS]
        if progress:
            progress(done, len(WAYS))
    blocks.sort(key=lambda rows: max(abs(row["difference"]) for row in rows))
    return [row for rows in blocks for row in rows]


def _recalls(
    talks: Sequence[Talk], asked: Sequence[Tensor], said: Sequence[Tensor], pool: str
) -> dict[str, list[tuple[float, float]]]:
    """Of each kind of question, share and any among the first ten of each. asked and said: (n, d) of each talk."""
    starts = [sum(len(one) for one in said[:i]) for i in range(len(said))]
    together = torch.cat(list(said)) if pool == POOLS[1] else None
    found: dict[str, list[tuple[float, float]]] = {}
    for talk, X, own, start in zip(talks, asked, said, starts, strict=True):
        if not talk.questions:
            continue
        keys, first = (own, 0) if together is None else (together, start)
        place = {turn.id: first + i for i, turn in enumerate(talk.turns)}
        best = (X @ keys.T).sort(dim=1, descending=True, stable=True).indices[:, :CUT]
        for (_, kind, evidence), row in zip(talk.questions, best.tolist(), strict=True):
            met = len({place[turn] for turn in evidence} & {*row})
            found.setdefault(kind, []).append((met / len(evidence), float(met > 0)))
    return found


def _rows(name: str, pool: str, found: dict[str, list[tuple[float, float]]], talks: int) -> list[dict]:
    rows = []
    for kind, published in PUBLISHED.items():
        if kind not in found:
            continue
        mean = average([share for share, _ in found[kind]], "recall@10", 0.0, 1.0)
        gap = mean["recall@10"] - published
        rows.append(
            {"text": name, "among": pool, "task": kind, **mean}
            | {"any@10": sum(hit for _, hit in found[kind]) / mean["n"], "published": published, "difference": gap}
            | {"near": _yes(abs(gap) <= NEAR), "agrees": _yes(mean["low"] <= published <= mean["high"])}
            | {"conversations": f"{talks} of {CONVERSATIONS}"}
        )
    return rows


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _talks(path: Path) -> Iterator[Talk]:
    """The conversations of a LoCoMo file. Raises ValueError, saying where to get one, if it is something else."""
    if not path.is_file():
        raise ValueError(f"there is no file {path}; LoCoMo is {SOURCE}")
    try:
        samples = list(objects(path))
        talks = [_talk(sample) for sample in samples]
    except (ValueError, LookupError, TypeError, AttributeError) as reason:
        raise ValueError(f"{path} must be a LoCoMo file: get {SOURCE}") from reason
    yield from talks


def _talk(sample: dict) -> Talk:
    spoken = sample["conversation"]
    sessions = sorted((k for k in spoken if re.fullmatch(r"session_\d+", k)), key=lambda k: int(k.split("_")[1]))
    turns = tuple(
        Turn(t["dia_id"], t["speaker"], t["text"], t.get("blip_caption") or "", spoken.get(f"{session}_date_time", ""))
        for session in sessions
        for t in spoken[session]
    )
    known = {turn.id for turn in turns}
    asked = []
    for q in sample["qa"]:
        if kind := CATEGORY.get(q["category"]):
            named = {turn for one in q.get("evidence", []) for turn in re.split(r"[;\s]+", one)} & known
            asked += [(q["question"], kind, frozenset(named))] if named else []
    return Talk(turns, tuple(asked))
