"""Lexical ranking: what BM25, which compares words and not embeddings, makes of the same questions.

The words and the formula are those of `nuonuo/maths/words.py`.
"""

from collections.abc import Sequence

from nuonuo.debug.ranking import BLOCK, Each, Expected, Ranks, alternatives, in_order, rank
from nuonuo.maths.search import of_memories
from nuonuo.memory.bank import Bank


def ranks(bank: Bank, texts: Sequence[str], expected: Sequence[Expected]) -> list[Ranks]:
    """The ranks of what each question expects by BM25, best first; a memory scores as its best cue.

    Of equal scores the older memory comes first. A memory that shares no word with the question is not found: it has no
    rank, just as one that is not stored, so it is among the first k for no k. texts: of the questions. expected: of
    each.
    """
    return [in_order(one) for one in each(bank, texts, expected)]


def each(bank: Bank, texts: Sequence[str], expected: Sequence[Expected]) -> list[Each]:
    """`ranks`, with the rank of each thing in the order in which they are expected; None for one not found."""
    place = {i: position for position, i in enumerate(bank.ids)}
    found: list[Each] = []
    for start in range(0, len(texts), BLOCK):
        scores = bank.reading.words.batch(texts[start : start + BLOCK])
        best = of_memories(scores, bank.owner, len(bank.ids))  # (b, N)
        for row, things in zip(best, expected[start : start + BLOCK], strict=True):
            known = [[place[i] for i in alternatives(thing) if i in place and row[place[i]] > 0] for thing in things]
            found.append(tuple(min((rank(row, position) for position in some), default=None) for some in known))
    return found
