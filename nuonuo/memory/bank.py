"""Bank: the stored memories as tensors, their whitening, keys, codes and links, and what is read from texts.

A bank never changes: what adds, removes or replaces memories gives another bank, so whoever holds one sees one state,
whatever other threads do. When the number of cues has changed by a tenth since the whitening was fitted it is fitted
again, and every key and code is made anew with it; until then new memories get keys and codes from the old fit. So all
keys and codes of a bank always come from one fit.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nuonuo.maths import codes, whitening
from nuonuo.maths.hebbian import Links
from nuonuo.maths.log import Log
from nuonuo.maths.search import Index
from nuonuo.maths.spreading import Moments
from nuonuo.maths.whitening import Whitening
from nuonuo.memory.items import Items, Stored
from nuonuo.memory.keying import Edit, keyed
from nuonuo.memory.reading import Reading
from nuonuo.memory.records import BankSettings, Record

REFIT = 0.1


@dataclass
class Made:
    """What a bank makes on first use. Two threads may both make one: either is right, one assignment keeps it."""

    projection: Tensor | None = None  # (d, D)
    unwhitened: "Bank | None" = None
    codes: tuple[Tensor, Tensor] | None = None  # winners of the cue rows (n, k) and of the targets (N, k)
    links: Links | None = None
    moments: Moments | None = None  # of the keys


@dataclass(frozen=True, eq=False)
class Bank:
    """N memories of dimension d in order of age; a memory has one or more of the n cue rows."""

    settings: BankSettings
    device: torch.device
    reading: Reading
    cues: Log  # (n, d) cue embeddings
    owner: Tensor  # (n,) position in ids
    targets: Log  # (N, d) target embeddings
    whitening: Whitening
    index: Index  # of the keys
    norms: Tensor  # (n,) ‖A(x − μ̂)‖, which the keys have lost
    longest: float  # of the norms
    _made: Made = field(default_factory=Made, repr=False)

    @staticmethod
    def of(
        rows: Sequence[Record], settings: BankSettings, device: torch.device, fitted: Whitening | None = None
    ) -> "Bank":
        """The bank of these memories. fitted: a whitening to go on with, from an earlier run."""
        X = torch.empty(0, settings.dimension, device=device)
        owner = torch.empty(0, dtype=torch.long, device=device)
        fit = fitted or whitening.plain(settings.dimension, device)
        none, norms = Log.of(X), X.new_empty(0)
        return Bank(settings, device, Reading(device), none, owner, none, fit, Index.of(X), norms, 0.0).append(rows)

    @property
    def d(self) -> int:
        """Dimension of the embeddings."""
        return self.settings.dimension

    @property
    def rows(self) -> Stored:
        """The memories by id."""
        return self.reading.stored

    @property
    def ids(self) -> tuple[int, ...]:
        """Of the memories, (N,)."""
        return self.reading.stored.ids

    @property
    def texts(self) -> Items[str]:
        """Of each cue row, (n,)."""
        return self.reading.texts

    @property
    def single(self) -> bool:
        """Whether every memory has one cue, so that row i is memory i."""
        return len(self.ids) == len(self.owner)

    @property
    def X(self) -> Tensor:
        """Cue embeddings, (n, d)."""
        return self.cues.all

    @property
    def T(self) -> Tensor:
        """Target embeddings, (N, d)."""
        return self.targets.all

    @property
    def keys(self) -> Tensor:
        """The whitened cues, (n, d)."""
        return self.index.rows

    def append(self, rows: Sequence[Record]) -> "Bank":
        """With more memories; the whitening is fitted again if it is due."""
        if not rows:
            return self
        n, N = len(self.owner), len(self.ids)
        owner = [N + i for i, row in enumerate(rows) for _ in row.cues]
        return self._with(
            Edit(n, n, n + len(owner)),
            Edit(N, N, N + len(rows)),
            reading=self.reading.append(rows),
            cues=self.cues.append(self._tensor([row.cue_embeddings for row in rows])),
            owner=torch.cat([self.owner, torch.tensor(owner, device=self.device)]),
            targets=self.targets.append(self._tensor([row.embedding for row in rows])),
        )

    def remove(self, ids: Sequence[int]) -> "Bank":
        """Without some memories, their rows, keys, codes and links."""
        gone = set(ids)
        kept = torch.tensor([i not in gone for i in self.ids], dtype=torch.bool, device=self.device)  # (N,)
        rows = kept[self.owner]  # (n,)
        if bool(rows.all()):
            return self
        position = kept.cumsum(0) - 1
        return self._with(
            Edit.keeping(rows),
            Edit.keeping(kept),
            reading=self.reading.remove(ids, rows),
            cues=self.cues.keep(rows),
            owner=position[self.owner[rows]],
            targets=self.targets.keep(kept),
        )

    def replace(self, row: Record) -> "Bank":
        """With other texts and embeddings of one memory, in its old place."""
        position, owner = self.rows.position(row.id), self.owner
        old = (owner == position).nonzero()[:, 0]
        first, after, last = int(old[0]), int(old[-1]) + 1, int(old[0]) + len(row.cues)
        if last != after:
            owner = torch.cat([owner[:first], old.new_full((len(row.cues),), position), owner[after:]])
        return self._with(
            Edit(first, after, last),
            Edit(position, position + 1, position + 1),
            reading=self.reading.replace(row, position, first, after),
            cues=self.cues.put(first, after, self._tensor([row.cue_embeddings])),
            owner=owner,
            targets=self.targets.put(position, position + 1, self._tensor([row.embedding])),
        )

    def of_rows(self, rows: Tensor) -> list[Record]:
        """The memories that cue rows (m,), or their links, belong to."""
        return [self.rows[self.ids[position]] for position in self.owner[rows].tolist()]

    @property
    def moments(self) -> Moments:
        """Of the keys; made on first use."""
        self._made.moments = self._made.moments or Moments.of(self.keys)
        return self._made.moments

    def encode(self, keys: Tensor, progress: codes.Progress | None = None) -> codes.Codes:
        """Codes of keys (n, d) under this bank's projection."""
        if self._made.projection is None:
            self._made.projection = codes.projection(self.d, self.settings.units, self.settings.seed, self.device)
        return codes.encode(keys, self._made.projection, self.settings.winners, progress)

    def make_codes(self, progress: codes.Progress | None = None) -> tuple[Tensor, Tensor]:
        """Winners of the cue rows (n, k) and of the targets (N, k), which `links` need; made on first use."""
        if self._made.codes is None:
            both = self.encode(torch.cat([self.keys, self.whitening(self.T)]), progress).winners
            self._made.codes = both[: len(self.owner)], both[len(self.owner) :]
        return self._made.codes

    def links(self, progress: codes.Progress | None = None) -> Links:
        """The links target code ← cue code, one for each cue row; made on first use."""
        if self._made.links is None:
            cue, target = self.make_codes(progress)
            self._made.links = Links(cue, target[self.owner], self.settings.units)
        return self._made.links

    @property
    def coded(self) -> bool:
        """Whether every memory has its codes, so that `links` need encode none."""
        return self._made.codes is not None

    def unwhitened(self) -> "Bank":
        """The same memories with their embeddings as keys; made on first use, then carried along."""
        if self._made.unwhitened is None:
            plain = whitening.plain(self.d, self.device)
            bank = dataclasses.replace(self, settings=self.settings.unwhitened(), whitening=plain)
            self._made.unwhitened = bank._with(None, None)
        return self._made.unwhitened

    def _with(self, rows: Edit | None, positions: Edit | None, **parts: Any) -> "Bank":
        """A bank of other parts, with what was made of this one but where its cues and memories are edited.

        Without edits, or where a fit is due, all is made anew.
        """
        raw = self._made.unwhitened
        made = Made(self._made.projection, raw and raw._with(rows, positions, **parts))  # one reading for both
        new = dataclasses.replace(self, **parts, _made=made)
        n = len(new.owner)
        if abs(n - self.whitening.n) > REFIT * self.whitening.n:
            s = self.settings
            fit, rows = whitening.fit(new.X, s.exponent, s.ridge, s.centre), None
            new = dataclasses.replace(new, whitening=fit)
        index, norms = keyed(new.cues, new.whitening, (self.index, self.norms), rows)
        new = dataclasses.replace(new, index=index, norms=norms, longest=float(norms.max()) if n else 0.0)
        if rows and positions:
            self._carry(new, rows, positions)
        return new

    def _carry(self, new: "Bank", rows: Edit, positions: Edit) -> None:
        """Bring what was made of this bank along to an edited one of the same fit."""
        if self._made.moments:
            gone, came = self.index.log[rows.gone], new.index.log[rows.first : rows.last]
            new._made.moments = self._made.moments.changed(gone, came)
        if self._made.codes:
            keys, targets = new.index.log[rows.first : rows.last], new.targets[positions.first : positions.last]
            both = new.encode(torch.cat([keys, new.whitening(targets)])).winners
            (cue, target), m = self._made.codes, len(keys)
            new._made.codes = rows.applied(cue, both[:m]), positions.applied(target, both[m:])

    def _tensor(self, rows: Sequence[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.concatenate(rows).reshape(-1, self.d).astype(np.float32, copy=False)).to(self.device)
