"""Ablation: what each part of a recall's ranking is worth, as the difference that its lack makes on the same questions.

The default beside itself without whitening, words, links, any one kind of link, or the rule that the first by meaning
and words stays in front; with BM25 standardised; and with its links as codes (nuonuo/explain/hops/association.py).
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor

from nuonuo.explain.hops import association
from nuonuo.files import suites
from nuonuo.files.memories import read_items
from nuonuo.files.questions import Question, read_questions, things
from nuonuo.lab.bounds import SEED, within
from nuonuo.lab.ranking import Asked, Places, Way, asked, by_asking, by_words, gathered, places, recall
from nuonuo.maths.intervals import SURE, average, sign_test
from nuonuo.maths.search import of_memories
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.joining import Relation

CUTS = (1, 5, 10)
DEFAULT, CODES = "default", "links by codes"
BOUNDS = {"seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path,
    questions: str | Path | None = None,
    cues: bool = False,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows ranking, k, recall, difference, low, high, fixed, broke, p, verdict, correlation, n.

    file: LoCoMo, LongMemEval or a multi-hop set; or, with `questions`, a file of those, a bank or a file of memories.
    cues: store the further cues that came with a published file. difference: mean over the n questions of recall@k
    minus that of the default, low and high its 95% interval; fixed, broke: questions with a higher, a lower recall, p
    of the sign test. The verdict names a side only where both agree. correlation: of what codes bring with the exact
    association. progress(done, done + 1) after each bank. Raises ValueError for a wrong file.
    """
    encoder, parts, correlations = encoder or Encoder(), list[dict[str, list[Places]]](), list[float]()
    kinds: set[Relation] = set()
    for done, (memory, some) in enumerate(banks(file, questions, cues, encoder, seed), 1):
        with closing(memory):
            if some.texts:
                present = relations(memory.bank)
                kinds |= set(present)
                found = {name: places(memory.bank, some, way) for name, way in ways(present).items()}
                found |= {without(kind): found[DEFAULT] for kind in Relation if kind not in present}
                found[CODES], brought = coded(memory.bank, some) if present else (found[DEFAULT], [])
                correlations += brought
                parts.append(found)
        if progress:
            progress(done, done + 1)
    if not parts:
        raise ValueError(f"{file} holds no question that expects a memory")
    every = gathered(parts)
    for kind in set(Relation) - kinds:
        every.pop(without(kind))
    return [row for name in every for row in table(name, every[name], every[DEFAULT], correlations)]


def banks(
    file: str | Path, questions: str | Path | None, cues: bool, encoder: Encoder, seed: int
) -> Iterator[tuple[Memory, Asked]]:
    """The banks and their questions, one at a time; the caller closes each."""
    if questions is None:
        for part in suites.read_suite(file):
            memory = Memory(None, encoder, name=part.name, seed=seed)
            spare = part.spare if cues else ((),) * len(part.items)
            memory.add_many(
                replace(item, cues=(*item.cues, *more)) for item, more in zip(part.items, spare, strict=True)
            )
            yield memory, of_bank(memory, part.questions)
        return
    if Path(file).suffix == ".nuonuo":
        memory = Memory.open(file, encoder)
    else:
        memory = Memory(None, encoder, name=Path(file).stem, seed=seed)
        memory.add_many(read_items(file))
    yield memory, of_bank(memory, read_questions(questions))


def of_bank(memory: Memory, questions: Sequence[Question]) -> Asked:
    """Those of the questions that expect something."""
    some = [q for q in questions if q.answerable]
    return asked(memory, [q.query for q in some], things(some, memory))


def relations(bank: Bank) -> tuple[Relation, ...]:
    """The kinds of links that a bank has."""
    graph = bank.reading.graph(tuple(Relation))
    return tuple(tuple(Relation)[code] for code in graph.relation.unique().tolist())


def without(kind: Relation) -> str:
    """The name of the ranking that lacks one kind of link."""
    return f"without {kind} links"


def ways(kinds: Sequence[Relation]) -> dict[str, Way]:
    """The rankings that differ in one thing from the default; without those of kinds of links that are not there."""
    how = Asking()
    rest = {without(kind): replace(how, relations=tuple(one for one in Relation if one != kind)) for kind in kinds}
    asked_so = {
        DEFAULT: how,
        "without whitening": replace(how, whitened=False),
        "without words": replace(how, words=0.0),
        "without links": replace(how, links=0.0),
        **rest,
        "meaning alone": how.alone,
    }
    return {
        **{name: by_asking(one) for name, one in asked_so.items()},
        "the first not kept in front": lambda bank, X, texts: spelt_out(bank, X, texts, how, in_front=False),
        "BM25 standardised": lambda bank, X, texts: spelt_out(bank, X, texts, how, standardised=True),
    }


def spelt_out(
    bank: Bank, X: Tensor, texts: Sequence[str], how: Asking, in_front: bool = True, standardised: bool = False
) -> Tensor:
    """S of all memories, step by step, which `candidates.totals` is if the first is in front and BM25 is as it is."""
    rows = bank.whitening(X) @ bank.keys.mT  # (b, n)
    words = by_words(bank, X, texts)
    if standardised:
        every = bank.reading.words.batch(texts)
        words = _z(words, every)
    s = _z(of_memories(rows, bank.owner, len(bank.ids)), rows) + how.words * words
    S, graph = s, bank.reading.graph(how.relations)
    if len(graph):
        least = s.topk(min(how.senders, s.shape[1]), dim=1).values[:, -1:]
        a = torch.where(s >= least, torch.exp(how.spread * (s - s.amax(1, keepdim=True))), 0.0)
        S = s + how.links * graph.spread(a)
    return S.scatter(1, s.argmax(1, keepdim=True), torch.inf) if in_front else S


def _z(scores: Tensor, of: Tensor) -> Tensor:
    """Scores (b, m) standardised by the mean and the deviation of others (b, n); 0 where those do not vary."""
    sd = of.std(1, correction=0, keepdim=True)
    return (scores - of.mean(1, keepdim=True)) * torch.where(sd > 1e-9, 1 / sd, 0.0)


def coded(bank: Bank, questions: Asked) -> tuple[list[Places], list[float]]:
    """The places with what codes bring in place of the exact association, and the correlation of both a question."""
    how, stored, correlations = Asking(), association.store(bank, Asking()), list[float]()
    linked = stored.graph.to.unique()

    def way(bank: Bank, X: Tensor, texts: Sequence[str]) -> Tensor:
        s = by_asking(replace(how, links=0.0))(bank, X, texts)  # the first is lifted: it stays in front
        for row, key, text in zip(s, bank.whitening(X), texts, strict=True):
            a = association.attention(bank, key, text, how)
            brought = association.received(stored, a, how.phi)
            row += how.links * brought
            both = stored.graph.spread(a[None])[0][linked], brought[linked]
            correlations.append(association.correlation(*both) or math.nan)
        return s

    return places(bank, questions, way), [one for one in correlations if not math.isnan(one)]


def table(name: str, found: list[Places], default: list[Places], correlations: list[float]) -> list[dict]:
    """Rows of one ranking at each cut, beside the default."""
    rows = []
    for k in CUTS:
        here, there = ([recall(one, k) for one in each] for each in (found, default))
        row: dict = {"ranking": name, "k": k, "recall": fmean(here), "n": len(here)}
        if name != DEFAULT:
            gains = [a - b for a, b in zip(here, there, strict=True)]
            row |= differing(gains)
        if name == CODES and correlations:
            row["correlation"] = fmean(correlations)
        rows.append(row)
    return rows


def differing(gains: Sequence[float]) -> dict:
    """The mean of paired differences with its 95% interval, the sign test, and what may be said of them."""
    fixed, broke = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    counted, p = average(gains, "difference", -1, 1), sign_test(fixed, broke)
    sure = p < 1 - SURE
    verdict = "better" if sure and counted["low"] > 0 else "worse" if sure and counted["high"] < 0 else "no difference"
    if verdict == "no difference" and any(gains):
        verdict = "not significantly different"
    counted.pop("n")
    return {**counted, "fixed": fixed, "broke": broke, "p": p, "verdict": verdict}
