"""Bank: the stored memories as tensors, with the whitening, keys, codes and links derived from them.

When the number of cues has changed by a tenth since the whitening was fitted it is fitted again, and every key and code
is made anew with it; until then new memories get keys and codes from the old fit. So all keys and codes of a bank
always come from one fit.
"""

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from nuonuo import codes, whitening
from nuonuo.hebbian import Links
from nuonuo.index import Index
from nuonuo.store import Row

REFIT = 0.1
BLOCK = 512  # rows whose keys are made at a time


class Bank:
    """Memories of dimension d in order of age; a memory has one or more cue rows.

    meta: seed, units, winners, exponent, ridge, centre. fitted: a whitening to go on with, from an earlier run.
    """

    def __init__(self, rows: Sequence[Row], d: int, meta: dict, device: torch.device, fitted=None) -> None:
        self.meta, self.device, self.d = meta, device, d
        self.rows: dict[int, Row] = {}
        self.ids: list[int] = []
        self.texts: list[str] = []  # of each cue row
        self.X = torch.empty(0, d, device=device)  # (n, d) cue embeddings
        self.owner = torch.empty(0, dtype=torch.long, device=device)  # (n,) position in ids
        self.T = torch.empty(0, d, device=device)  # (N, d) target embeddings
        self.whitening = fitted or whitening.plain(d, device)
        self.index = Index.of(self.X)  # of their keys
        self.norms = torch.empty(0, device=device)  # (n,) ‖A(x − μ̂)‖, which the keys have lost
        self.longest = 0.0  # of the norms
        self._codes: tuple[Tensor, Tensor] | None = None  # of cue rows and of targets
        self._links: Links | None = None
        self._unwhitened: Bank | None = None
        self._projection: Tensor | None = None
        self.append(rows)

    @property
    def keys(self) -> Tensor:
        """The whitened cues, (n, d)."""
        return self.index.rows

    def append(self, rows: Sequence[Row]) -> None:
        """Take in memories; the whitening is fitted again if it is due."""
        if not rows:
            return
        if self._unwhitened:
            self._unwhitened.append(rows)
        first = len(self.ids)
        for row in rows:
            self.rows[row.id] = row
            self.ids.append(row.id)
            self.texts += row.cues
        fresh = self._tensor(np.concatenate([r.cue_embeddings for r in rows]))
        owner = [first + i for i, row in enumerate(rows) for _ in row.cues]
        self.X = torch.cat([self.X, fresh])
        self.owner = torch.cat([self.owner, torch.tensor(owner, device=self.device)])
        targets = self._tensor(np.stack([r.embedding for r in rows]))
        self.T = torch.cat([self.T, targets])
        self._links = None
        if self._refit():
            return
        self._make_keys(len(self.keys))
        if self._codes is not None:
            cue, target = self.encode(self.whitening(fresh)).winners, self.encode(self.whitening(targets)).winners
            self._codes = torch.cat([self._codes[0], cue]), torch.cat([self._codes[1], target])

    def remove(self, ids: Sequence[int]) -> None:
        """Let memories go, with their rows, keys, codes and links."""
        if self._unwhitened:
            self._unwhitened.remove(ids)
        gone = set(ids)
        kept = torch.tensor([i not in gone for i in self.ids], device=self.device)  # (N,)
        rows = kept[self.owner]  # (n,)
        position = kept.cumsum(0) - 1
        first = int((~rows).nonzero()[0, 0]) if gone else len(rows)
        self.texts = [text for text, keep in zip(self.texts, rows.tolist(), strict=True) if keep]
        self.ids = [i for i in self.ids if i not in gone]
        self.rows = {i: self.rows[i] for i in self.ids}
        self.X, self.index, self.norms, self.T = self.X[rows], self.index.keep(rows), self.norms[rows], self.T[kept]
        self.owner = position[self.owner[rows]]
        self._codes = self._codes and (self._codes[0][rows], self._codes[1][kept])
        self._links = None
        if not self._refit():
            self._make_keys(first)

    def replace(self, row: Row) -> None:
        """Give a memory other texts and embeddings, in its old place."""
        if self._unwhitened:
            self._unwhitened.replace(row)
        position = self.ids.index(row.id)
        old = (self.owner == position).nonzero()[:, 0]
        first, after = int(old[0]), int(old[-1]) + 1
        self.rows[row.id] = row
        self.texts[first:after] = row.cues
        fresh, target = self._tensor(row.cue_embeddings), self._tensor(row.embedding[None])
        self.X = torch.cat([self.X[:first], fresh, self.X[after:]])
        own = torch.full((len(fresh),), position, device=self.device)
        self.owner = torch.cat([self.owner[:first], own, self.owner[after:]])
        self.T = torch.cat([self.T[:position], target, self.T[position + 1 :]])
        self._links = None
        if self._refit():
            return
        self._make_keys(first)
        if self._codes is not None:
            both = self.encode(self.whitening(torch.cat([fresh, target]))).winners
            cues, targets = self._codes
            self._codes = (
                torch.cat([cues[:first], both[:-1], cues[after:]]),
                torch.cat([targets[:position], both[-1:], targets[position + 1 :]]),
            )

    def twin(self) -> "Bank":
        """A bank of the same memories that changes on its own; it shares every tensor until then."""
        other = copy.copy(self)
        other.rows, other.ids, other.texts = dict(self.rows), list(self.ids), list(self.texts)
        other._unwhitened = self._unwhitened and self._unwhitened.twin()
        return other

    def of_rows(self, rows: Tensor) -> list[Row]:
        """The memories that cue rows (m,), or their links, belong to."""
        return [self.rows[self.ids[position]] for position in self.owner[rows].tolist()]

    def search(self, key: Tensor, probe: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """The rows of the k memories with the cue most similar to a key (d,), best first: (k,), or fewer.

        And the row nearest to its probe (d,) by plain cosine, (). Both in one pass over the keys, which is what a
        recall takes its time for: x = μ̂ + ‖A(x − μ̂)‖ A⁻¹ key.
        """
        inverse = self.whitening.inverse
        both = torch.stack([key, probe if inverse is None else inverse @ probe])
        similarity, image = self.index.rough(both)
        owner = None if len(self.ids) == len(self.owner) else self.owner
        rows = self.index.refine(key, *similarity, owner, len(self.ids), k)
        cosine = image[0] * self.norms  # but for μ̂·probe, which all rows share
        near = (cosine >= cosine.max() - 2 * image[1] * self.longest).nonzero()[:, 0]
        return rows, near[(self.X[near] @ probe).argmax()]

    def encode(self, keys: Tensor, progress: codes.Progress | None = None) -> codes.Codes:
        """Codes of keys (n, d) under this bank's projection."""
        if self._projection is None:
            self._projection = codes.projection(self.d, self.meta["units"], self.meta["seed"], self.device)
        return codes.encode(keys, self._projection, self.meta["winners"], progress)

    def links(self, progress: codes.Progress | None = None) -> Links:
        """The links target code ← cue code, one for each cue row; built on first use."""
        if self._links is None:
            if self._codes is None:
                both = self.encode(torch.cat([self.keys, self.whitening(self.T)]), progress).winners
                self._codes = both[: len(self.X)], both[len(self.X) :]
            cue, target = self._codes
            self._links = Links(cue, target[self.owner], self.meta["units"])
        return self._links

    @property
    def coded(self) -> bool:
        """Whether every memory has its codes, so that `links` need encode none."""
        return self._codes is not None

    def make_codes(self, lock: AbstractContextManager, progress: codes.Progress | None = None) -> bool:
        """Make the codes that `links` need while others use the bank; False if its memories changed meanwhile.

        lock: held by whoever changes the bank.
        """
        with lock:
            before, keys = self.keys, torch.cat([self.keys, self.whitening(self.T)])  # (n + N, d)
            if self._codes is not None:
                return True
        winners = self.encode(keys, progress).winners
        with lock:
            if self.keys is before:
                self._codes = winners[: len(self.X)], winners[len(self.X) :]
            return self.coded

    def unwhitened(self) -> "Bank":
        """The same memories with their embeddings as keys; made on first use, then kept in step."""
        if self._unwhitened is None:
            raw = self.meta | {"exponent": 0.0, "centre": False}
            self._unwhitened = Bank(list(self.rows.values()), self.d, raw, self.device)
        return self._unwhitened

    def _refit(self) -> bool:
        """Fit the whitening again if it is due, and make every key anew; codes follow on their next use."""
        if abs(len(self.X) - self.whitening.n) <= REFIT * self.whitening.n:
            return False
        self.whitening = whitening.fit(self.X, self.meta["exponent"], self.meta["ridge"], self.meta["centre"])
        self._codes = None
        self._make_keys(0)
        return True

    def _make_keys(self, first: int) -> None:
        """Make the keys of the cue rows from `first` on.

        On a fixed grid of padded blocks, because a matrix product rounds differently in another shape: a row has the
        same key, bit for bit, however the bank came to hold it, and so after reopening.
        """
        first -= first % BLOCK
        keys, norms = [], [self.norms[:first]]
        for block in self.X[first:].split(BLOCK):
            image = self.whitening.linear(pad(block, (0, 0, 0, BLOCK - len(block))))[: len(block)]
            keys.append(normalize(image, dim=-1))
            norms.append(torch.linalg.vector_norm(image, dim=-1))
        made = torch.cat(keys)
        self.index = self.index.keep(slice(first)).add(made) if first else Index.of(made)
        self.norms = torch.cat(norms)
        self.longest = float(self.norms.max()) if len(self.norms) else 0.0

    def _tensor(self, rows: np.ndarray) -> Tensor:
        return torch.tensor(rows, dtype=torch.float32, device=self.device)


def check_settings(meta: dict) -> None:
    """Raises ValueError if no bank can be made so: dimension < 1, or winners, exponent or ridge out of range."""
    if meta["dimension"] < 1:
        raise ValueError(f"dimension must be >= 1, got {meta['dimension']}")
    codes.check_winners(meta["winners"], meta["units"])
    whitening.check_strength(meta["exponent"], meta["ridge"])
