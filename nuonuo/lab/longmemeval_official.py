"""LongMemEval by its authors' own protocol, so that a row stands beside published ones.

Wu et al., arXiv:2410.10813; src/retrieval/run_retrieval.py and eval_utils.py at
https://github.com/xiaowu0162/LongMemEval. Only what the user said is indexed, without the role in front, a turn or a
session an entry; `both` indexes the assistant too and is ours. Right are marked turns (has_answer) of sessions whose id
holds "answer", and sessions that have such a turn among what is indexed. Abstentions (_abs) are left out, and so are
questions without any right entry; both are counted. ndcg_any discounts as theirs does: ranks 1 and 2 count alike, rank
i from 2 on by 1/log₂(i). With turns the session level looks as deep as k different sessions need. Blank turns, which no
memory holds, are left out.
"""

import math
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import fmean

from nuonuo.files.longmemeval import Instance, Turn, read
from nuonuo.lab.ranking import WAYS, asked
from nuonuo.maths.intervals import share
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import About, record

CUTS = (1, 3, 5, 10, 30, 50)
ROLES = ("user", "both")
GRAINS = ("turn", "session")
MEASURES = ("recall_any", "recall_all", "ndcg_any", "recall")  # the last is ours: the mean share of what is right
METHODS = {"cosine": WAYS["cosine"], "bm25": WAYS["bm25"], "default": WAYS["default"]}


@dataclass(frozen=True)
class Entry:
    """One entry of an index."""

    id: str
    session: str
    text: str
    right: bool
    about: About = field(default_factory=About)


def run(
    file: str | Path, seed: int = 0, encoder: Encoder | None = None, progress: Progress | None = None
) -> list[dict]:
    """Rows method, indexed, granularity, level, k, recall_any, recall_all, ndcg_any, recall, low, high, n, and counts.

    indexed: user or both. level: turn or session. low and high: of recall_any's 95% interval. recall: the mean share of
    what is right among the first k. abstentions and no_target: questions that were left out. progress(done, done + 1)
    after each question. Raises ValueError for a wrong file, naming the question.
    """
    encoder = encoder or Encoder()
    found: dict[tuple[str, ...], list[dict[int, dict[str, float]]]] = {}
    left: Counter[str] = Counter()
    for done, instance in enumerate(read(file), 1):
        if "_abs" in instance.id:
            left["abstentions"] += 1
        else:
            for roles in ROLES:
                _ask(instance, roles, encoder, seed, found, left)
        if progress:
            progress(done, done + 1)
    return _table(found, left)


def _ask(
    instance: Instance,
    roles: str,
    encoder: Encoder,
    seed: int,
    found: dict[tuple[str, ...], list[dict[int, dict[str, float]]]],
    left: Counter[str],
) -> None:
    """One question over its index of turns and of sessions, by each method; nothing if no entry is right."""
    for grain in GRAINS:
        some = entries(instance, roles, grain)
        if not any(one.right for one in some):
            left[roles] += grain == GRAINS[0]
            continue
        orders = _orders(instance.question, some, encoder, seed)
        for method, order in orders.items():
            ranked = [some[i] for i in order]
            levels = ("turn", "session") if grain == "turn" else ("session",)
            for level in levels:
                each = {k: evaluate(ranked, k, as_sessions=level != grain) for k in CUTS}
                found.setdefault((method, roles, grain, level), []).append(each)


def entries(instance: Instance, roles: str, grain: str) -> list[Entry]:
    """The index of one question. roles: user or both. grain: turn or session."""
    turns = [turn for turn in instance.turns if roles == "both" or _role(turn) == "user"]
    if grain == "turn":
        return [_entry(turn.session, [turn], f"_{number}") for number, turn in enumerate(turns, 1)]
    return [_entry(session, list(some), "") for session, some in groupby(turns, key=lambda turn: turn.session)]


def _entry(session: str, turns: list[Turn], suffix: str) -> Entry:
    """One entry; what its session's id says and no mark confirms is renamed, as theirs is."""
    right = "answer" in session and any(turn.answers for turn in turns)
    named = session if right else session.replace("answer", "noans")
    text = " ".join(turn.text.partition(": ")[2] for turn in turns)
    return Entry(named + suffix, named, text, right, turns[0].about if suffix else About())


def _role(turn: Turn) -> str:
    return turn.text.partition(": ")[0]


def _orders(question: str, some: Sequence[Entry], encoder: Encoder, seed: int) -> dict[str, list[int]]:
    """The entries from the best on, by each method."""
    with closing(Memory(None, encoder, seed=seed)) as memory:
        place = {i: n for n, i in enumerate(memory.add_many([record(one.text, about=one.about) for one in some]))}
        bank, query = memory.bank, asked(memory, [question], [()])
        scores = {name: way(bank, query.X, query.texts)[0] for name, way in METHODS.items()}
        return {
            name: [place[bank.ids[i]] for i in score.sort(descending=True, stable=True).indices.tolist()]
            for name, score in scores.items()
        }


def evaluate(ranked: Sequence[Entry], k: int, as_sessions: bool = False) -> dict[str, float]:
    """recall_any, recall_all, ndcg_any and recall of one question at k.

    as_sessions: of an index of turns, at the level of their sessions. Raises ValueError if nothing is right.
    """
    names = [one.session if as_sessions else one.id for one in ranked]
    right = {name for name, one in zip(names, ranked, strict=True) if one.right}
    if not right:
        raise ValueError("a question needs at least one entry that is right")
    deep = k
    while as_sessions and deep <= len(names) and len({*names[:deep]}) < k:
        deep += 1
    met = right & {*names[:deep]}
    gains = [float(name in right) for name in names]
    ideal = dcg(sorted(gains, reverse=True)[:deep])
    return {
        "recall_any": float(bool(met)),
        "recall_all": float(met == right),
        "ndcg_any": dcg(gains[:deep]) / ideal,
        "recall": len(met) / len(right),
    }


def dcg(gains: Sequence[float]) -> float:
    """Their discounted gain: the first counts whole, the i-th by 1/log₂(i)."""
    return gains[0] + sum(gain / math.log2(i) for i, gain in enumerate(gains[1:], 2))


def _table(found: dict[tuple[str, ...], list[dict[int, dict[str, float]]]], left: Counter[str]) -> list[dict]:
    rows = []
    for (method, roles, grain, level), some in found.items():
        about = {"method": method, "indexed": roles, "granularity": grain, "level": level}
        for k in CUTS:
            any_of = share([one[k]["recall_any"] for one in some], "value")
            means = {name: fmean(one[k][name] for one in some) for name in MEASURES}
            counts = {"n": len(some), "abstentions": left["abstentions"], "no_target": left[roles]}
            rows.append({**about, "k": k, **means, "low": any_of["low"], "high": any_of["high"], **counts})
    return sorted(rows, key=lambda row: (ROLES.index(row["indexed"]), row["granularity"], row["level"]))
