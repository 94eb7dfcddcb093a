"""Terms: BM25 (nuonuo/maths/words.py) as an inner product of two sparse vectors, which any engine can search.

A text holds each word's saturation f / (f + k1·(1 − b + b·|c| / mean)), a query idf · count. What changes with every
memory that is added, n and n_w, is on the query's side alone; the mean is not, so a stored text keeps the mean that it
was made with, and by how much that may be off is known: `bound`. Whoever asks then scores what was found anew, from the
texts, as `nuonuo/maths/search.py` does with its rough similarities: nothing is lost.

Milvus' own BM25 function was tried first, over the 143 household facts with 29 of them as queries (milvus-lite 3.2.2).
With its standard words none of the tens was ours (6.8 of ten the same), and given our own words with blanks between
them 19 were; its scores are then 2.4 to 2.5 times ours, and negative (tests/engines/test_milvus.py).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from jaxtyping import Float, Int

from nuonuo.maths.words import Words, idf, saturation, tokens

NONE = 0  # the dimension that is no word's: a sparse vector must have one
LAST = (1 << 32) - 2  # of the dimensions that Milvus has


def dimension(word: str) -> int:
    """The dimension of a word, 1 to LAST, the same in every process.

    Two words may share one: a text then scores too high at first, and is right once it is scored anew.
    """
    return 1 + crc32(word.encode("utf-8", "surrogatepass")) % LAST


@dataclass(frozen=True, eq=False)
class Terms:
    """What is known of the words of n texts."""

    n: int
    mean: float  # length of a text, in words
    numbers: Mapping[str, int]  # of each word
    holders: Int[np.ndarray, " words"]  # n_w by number; a word that came later than they were counted has none

    @staticmethod
    def of(words: Words) -> "Terms":
        """Of the texts of a bank."""
        return Terms(words.n, words.mean, words.vocabulary, np.bincount(words.words))

    def weights(self, text: str) -> dict[str, float]:
        """idf · count of the words of a query that are in any text."""
        counts = Counter(tokens(text))
        numbers = {word: number for word in counts if (number := self.numbers.get(word)) is not None}
        held = {word: int(self.holders[i]) for word, i in numbers.items() if i < len(self.holders) and self.holders[i]}
        worth = idf(self.n, np.array(list(held.values()), np.int64))
        return {word: float(one) * counts[word] for word, one in zip(held, worth, strict=True)}

    def query(self, text: str) -> dict[int, float]:
        """A query's sparse vector; empty if no text has a word of it."""
        found: dict[int, float] = {}
        for word, weight in self.weights(text).items():
            found[dimension(word)] = found.get(dimension(word), 0.0) + weight
        return found

    def scores(self, query: str, texts: Sequence[str]) -> Float[np.ndarray, " m"]:
        """BM25 of a query with m texts of the bank, (m,) float32."""
        weights, made = self.weights(query), np.zeros(len(texts), np.float32)
        for i, text in enumerate(texts):
            split = tokens(text)
            shared = {word: count for word, count in Counter(split).items() if word in weights}
            if shared:
                f, length = np.array(list(shared.values()), float), np.full(len(shared), len(split))
                made[i] = saturation(f, length, self.mean) @ np.array([weights[word] for word in shared])
        return made

    def bound(self, mean: float) -> float:
        """By what factor texts that were stored with another mean may score too low: >= 1."""
        return max(1.0, self.mean / mean)


def stored(words: Words, mean: float) -> Iterator[dict[int, float]]:
    """The sparse vectors of n texts, one after another."""
    dimensions = np.array([dimension(word) for word in words.vocabulary], np.int64)
    starts = np.concatenate([[0], words.distinct.cumsum()])
    for i, length in enumerate(words.lengths):
        entries = slice(starts[i], starts[i + 1])
        counts = words.counts[entries].astype(float)
        values = saturation(counts, np.full(len(counts), length), mean)
        found: dict[int, float] = {}
        for at, value in zip(dimensions[words.words[entries]].tolist(), values.tolist(), strict=True):
            found[at] = found.get(at, 0.0) + value
        yield found or {NONE: 1.0}
