"""Lexical ranking: what BM25, which compares words and not embeddings, makes of the same questions.

Robertson et al., Okapi at TREC-3 (1994), as bm25s computes it (Lù 2024, arXiv:2407.03618), in Lucene's variant:

    score(q, c) = Σ over words w of q:  ln(1 + (n − n_w + ½) / (n_w + ½)) · f / (f + k1·(1 − b + b·|c| / mean |c|))

with n stored cues, n_w of them with the word w, and f times w in cue c; k1 = 1.5, b = 0.75. A word that comes twice in
the question counts twice. Words are runs of two or more letters, digits or underscores in lower case, not stemmed,
without Lucene's 33 English stopwords ("a", "the", "is", …).
"""

import logging
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import numpy as np
import torch

from nuonuo.debug.queries import Question
from nuonuo.debug.ranking import Expected, Ranks, alternatives, rank
from nuonuo.index import of_memories
from nuonuo.memory import Memory

K1, B = 1.5, 0.75
MODULE = "bm25s"


def installed() -> bool:
    """Whether the package that computes BM25 is there."""
    return find_spec(MODULE) is not None


def ranks(memory: Memory, questions: Sequence[Question], meant: Sequence[Expected]) -> list[Ranks]:
    """The ranks of each question's expected memories by BM25, best first; a memory scores as its best cue.

    Of equal scores the older memory comes first. A memory that shares no word with the question is not found: it has no
    rank, just as one that is not stored, so it is among the first k for no k. meant: of each question. Raises
    ValueError if bm25s is not installed.
    """
    owner, ids = memory.bank.owner.cpu(), memory.bank.ids
    place = {i: position for position, i in enumerate(ids)}
    found: list[Ranks] = []
    scored = scores(memory.bank.texts, [question.query for question in questions])
    for of_cues, wanted in zip(scored, meant, strict=True):
        best = of_memories(torch.from_numpy(of_cues), owner, len(ids))  # (N,)
        known = [[place[i] for i in alternatives(thing) if i in place and best[place[i]] > 0] for thing in wanted]
        found.append(tuple(sorted(min(rank(best, position) for position in some) for some in known if some)))
    return found


def scores(cues: Sequence[str], queries: Sequence[str]) -> Iterator[np.ndarray]:
    """BM25 of each query with every cue, (cues,) a query: more than 0 where they share a word, else 0.

    Raises ValueError if bm25s is not installed.
    """
    if not installed():
        raise ValueError("BM25 needs the package bm25s: pip install bm25s")
    import bm25s

    logging.getLogger(MODULE).setLevel(logging.WARNING)  # it asks for DEBUG, which a host's log would then show
    words = bm25s.tokenize([*cues, *queries], stopwords="english", return_ids=False, show_progress=False)
    stored, asked = words[: len(cues)], words[len(cues) :]
    if not any(stored):  # it cannot index nothing
        yield from (np.zeros(len(cues)) for _ in queries)
        return
    engine = bm25s.BM25(k1=K1, b=B, method="lucene", dtype="float64", backend="numpy")
    engine.index(stored, show_progress=False)
    yield from (engine.get_scores_from_ids(engine.get_tokens_ids(each)) for each in asked)
