"""The embedded engine: a bank in this process, searched by what it holds itself."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from torch import Tensor

from nuonuo.engines.protocol import Hits, check, ranked, similarities
from nuonuo.maths.hebbian import Postings, matches, post
from nuonuo.maths.search import best
from nuonuo.memory.bank import Bank

TIE = 1e-5  # by what float32 may be off, so that all that tie are looked at


class Embedded:
    """The engine over a bank, as it is now; what others change later is not in it."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        owner = bank.owner.cpu().numpy()
        starts = np.searchsorted(owner, owner)  # the first row of each one's memory
        self._ids, self._cues = np.array(bank.ids, np.int64)[owner], np.arange(len(owner)) - starts

    def __len__(self) -> int:
        return len(self.bank.owner)

    def search(self, keys: Tensor, k: int) -> list[Hits]:
        """By meaning, as a recall finds its candidates (nuonuo/maths/search.py)."""
        bank = self.bank
        check(k, keys.shape, bank.d, "keys")
        if not len(keys) or not len(bank.owner):
            return [self._best(bank.X.new_empty(0), k) for _ in keys]
        found = []
        for key, (score, off) in zip(keys, bank.index.rough(keys), strict=True):
            owner = None if bank.single else bank.owner
            least = (bank.keys[bank.index.refine(key, score, off, owner, len(bank.ids), k)] @ key).min()
            rows = (score >= least - off - TIE).nonzero()[:, 0]  # with all that tie with the last
            found.append(self._hits(rows, similarities(bank.keys[rows].cpu().numpy(), key.cpu().numpy()), k))
        return found

    def by_codes(self, codes: Tensor, k: int) -> list[Hits]:
        """By shared winners, over the postings of the cues' codes."""
        check(k, codes.shape, self.bank.settings.winners, "codes")
        if not len(self):
            return [self._best(self.bank.X.new_empty(0), k) for _ in codes]
        return [self._best(matches(self._postings, code[None].int(), len(self))[0], k) for code in codes]

    def by_words(self, texts: Sequence[str], k: int) -> list[Hits]:
        """By BM25, over the postings of the cues' words."""
        check(k, (len(texts), 0), 0, "texts")
        return [self._best(self.bank.reading.words.scores(text), k) for text in texts]

    def close(self) -> None:
        """Nothing: the bank is its owner's."""

    @cached_property
    def _postings(self) -> Postings:
        return post(self.bank.make_codes()[0], self.bank.settings.units)

    def _best(self, score: Tensor, k: int) -> Hits:
        """The k memories with the best rows of a score (n,) that is more than 0."""
        if not len(score):
            return self._hits(self.bank.owner, score.cpu().numpy(), k)
        rows = best(score, self.bank.owner, len(self.bank.ids), min(k, len(self.bank.ids)))
        rows = rows[score[rows] > 0]
        return self._hits(rows, score[rows].cpu().numpy(), k)

    def _hits(self, rows: Tensor, scores: np.ndarray, k: int) -> Hits:
        at = rows.cpu().numpy()
        return ranked(self._ids[at], self._cues[at], scores, k)
