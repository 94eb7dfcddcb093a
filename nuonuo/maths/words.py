"""Words: BM25 of a query with texts, which compares words and not embeddings.

Robertson et al., Okapi at TREC-3 (1994), in Lucene's variant, scored eagerly (Lù 2024, arXiv:2407.03618):

    score(q, c) = Σ over words w of q:  ln(1 + (n − n_w + ½) / (n_w + ½)) · f / (f + k1·(1 − b + b·|c| / mean |c|))

with n texts, n_w of them with the word w, and f times w in text c; k1 = 1.5, b = 0.75. A word that comes twice in the
query counts twice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

K1, B = 1.5, 0.75
LUCENE = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with"
)
STOPWORDS = frozenset(LUCENE.split())  # as bm25s has them
SPACELESS = (  # scripts written without spaces, and Hangul, whose words carry their particles
    "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"  # Hangul
    "\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"  # Kana
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e81-\u0edf\u1780-\u17d3\u17d7\u17dc"  # Thai, Lao, Khmer
    "\u1000-\u1049\u1050-\u109d\ua9e0-\ua9fe\uaa60-\uaa7f"  # Burmese
)
LETTER = rf"[^\W{SPACELESS}]"
WORD, RUN = re.compile(rf"{LETTER}{{2,}}"), re.compile(f"[{SPACELESS}]+")
DOTTED = re.compile(r"[0-9]\.[0-9]")
NUMBER = re.compile(rf"(?<!{LETTER}){LETTER}*[0-9](?:\.[0-9]{LETTER}*)+")
LOW = (1 << 32) - 1  # of a key of 64 bits, whose high half is sorted by first
_growing = Lock()  # held while words are numbered


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, each as often as it comes, not stemmed; their order means nothing.

    Runs of two or more letters, digits or underscores without Lucene's 33 English stopwords ("a", "the", "is", …); a
    number with dots once more as a whole ("v1.7", "3.14"); of Han, Kana, Hangul, Thai, Lao, Burmese and Khmer every two
    characters that stand side by side, and a character that stands alone.
    """
    lower = text.lower()
    found = [word for word in WORD.findall(lower) if word not in STOPWORDS]
    if DOTTED.search(lower):
        found += NUMBER.findall(lower)
    if not lower.isascii():
        for run in RUN.findall(lower):
            found += [run[i : i + 2] for i in range(max(len(run) - 1, 1))]
    return found


def idf(n: int, holders: Int[np.ndarray, " words"]) -> Float[np.ndarray, " words"]:
    """How much words count that `holders` of n texts have: the first factor of the score."""
    return np.log(1 + (n - holders + 0.5) / (holders + 0.5))


def saturation(
    f: Float[np.ndarray, " entries"], lengths: Int[np.ndarray, " entries"], mean: float
) -> Float[np.ndarray, " entries"]:
    """What a word is worth that comes f times in a text of some length: the second factor. mean: of all lengths."""
    return f / (f + K1 * (1 - B + B * lengths / mean))


@dataclass(frozen=True, eq=False)
class Postings:
    """Who holds each word, and what it is worth there: word w has entries starts[w] to starts[w + 1]."""

    starts: Int[np.ndarray, " bounds"]  # one more than words
    rows: Int[np.ndarray, " entries"]  # ascending within a word
    values: Float32[np.ndarray, " entries"]  # BM25

    def add(self, scores: Float32[np.ndarray, " n"], word: int) -> None:
        """Adds a word's values to the scores (n,) of the rows that hold it; a word it does not know changes nothing."""
        if word < len(self.starts) - 1:
            entries = slice(self.starts[word], self.starts[word + 1])
            scores[self.rows[entries]] += self.values[entries]


@dataclass(frozen=True, eq=False)
class Words:
    """The words of n texts; it never changes. What adds or removes texts gives another that reads only the new ones.

    The counts stay in main memory, where a word's few postings are quicker to add up; scores are on the device.
    """

    device: torch.device
    vocabulary: dict[str, int]  # number of each word; it only grows, and all that came from one `of` share it
    lengths: Int[np.ndarray, " n"]  # words of each text
    distinct: Int[np.ndarray, " n"]  # different words of each text, hence its entries in the next two
    words: Int[np.ndarray, " entries"]
    counts: Int[np.ndarray, " entries"]

    @staticmethod
    def of(texts: Sequence[str], device: torch.device | str = "cpu") -> "Words":
        """The words of n texts, with scores on a device."""
        return _counted(texts, {}, torch.device(device))

    @property
    def n(self) -> int:
        """How many texts it is of."""
        return len(self.lengths)

    def append(self, texts: Sequence[str]) -> "Words":
        """With more texts after the last."""
        return self.replace(self.n, self.n, texts)

    def keep(self, mask: Bool[Tensor, " n"]) -> "Words":
        """Of the texts where the mask (n,) is true. Raises ValueError if it is not of n."""
        if len(mask) != self.n:
            raise ValueError(f"mask must have one entry for each of {self.n} texts, got {len(mask)}")
        kept = mask.cpu().numpy()
        entries = np.repeat(kept, self.distinct)
        return replace(
            self,
            lengths=self.lengths[kept],
            distinct=self.distinct[kept],
            words=self.words[entries],
            counts=self.counts[entries],
        )

    def replace(self, first: int, after: int, texts: Sequence[str]) -> "Words":
        """With other texts, as many as there are, in place of texts `first` up to and without `after`.

        Raises ValueError unless 0 <= first <= after <= n.
        """
        if not 0 <= first <= after <= self.n:
            raise ValueError(f"texts {first} to {after} of {self.n}: 0 <= first <= after <= n must hold")
        new = _counted(texts, self.vocabulary, self.device)
        start, end = int(self.distinct[:first].sum()), int(self.distinct[:after].sum())
        return replace(
            self,
            lengths=np.concatenate([self.lengths[:first], new.lengths, self.lengths[after:]]),
            distinct=np.concatenate([self.distinct[:first], new.distinct, self.distinct[after:]]),
            words=np.concatenate([self.words[:start], new.words, self.words[end:]]),
            counts=np.concatenate([self.counts[:start], new.counts, self.counts[end:]]),
        )

    def scores(self, query: str) -> Float[Tensor, " n"]:
        """BM25 of a query with every text, (n,) float32: more than 0 where they share a word, else 0."""
        return self.batch([query])[0]

    def batch(self, queries: Sequence[str]) -> Float[Tensor, "b n"]:
        """`scores` of b queries, (b, n)."""
        made = np.zeros((len(queries), self.n), np.float32)
        for row, query in zip(made, queries, strict=True):
            for word in tokens(query):
                if (number := self.vocabulary.get(word)) is not None:
                    self.postings.add(row, number)
        return torch.from_numpy(made).to(self.device)

    @cached_property
    def postings(self) -> Postings:
        """The texts of each word with their BM25; made on first use."""
        order = np.sort(self.words.astype(np.int64) << 32 | np.arange(len(self.words))) & LOW
        rows = np.repeat(np.arange(self.n), self.distinct)[order]
        f = self.counts[order].astype(float)
        holders = np.bincount(self.words)  # (words,) n_w
        values = np.repeat(idf(self.n, holders), holders) * saturation(f, self.lengths[rows], self.mean)
        return Postings(np.concatenate([[0], holders.cumsum()]), rows, values.astype(np.float32))

    @property
    def mean(self) -> float:
        """Mean length of the texts, in words; 1 if they have none."""
        return float(self.lengths.sum() / max(self.n, 1)) or 1.0

    @property
    def nbytes(self) -> int:
        """Bytes of the counts and, once they are made, of the postings; the shared vocabulary is not in it."""
        arrays = [self.lengths, self.distinct, self.words, self.counts]
        if "postings" in self.__dict__:
            arrays += [self.postings.starts, self.postings.rows, self.postings.values]
        return sum(array.nbytes for array in arrays)


def _counted(texts: Sequence[str], vocabulary: dict[str, int], device: torch.device) -> Words:
    """Texts read and counted. Words that the vocabulary lacks are added to it."""
    split = [tokens(text) for text in texts]
    lengths = np.array([len(words) for words in split], np.int32)
    total = int(lengths.sum())
    with _growing:
        numbers = np.fromiter(
            (vocabulary.setdefault(word, len(vocabulary)) for words in split for word in words), np.int64, total
        )
    keys, counts = np.unique(np.repeat(np.arange(len(split)), lengths) << 32 | numbers, return_counts=True)
    distinct = np.bincount(keys >> 32, minlength=len(split)).astype(np.int32)
    return Words(device, vocabulary, lengths, distinct, (keys & LOW).astype(np.int32), counts.astype(np.int32))
