"""Keying: the keys of a bank's cues, made anew or only where its rows are edited."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from nuonuo.maths.log import Log
from nuonuo.maths.search import PART, Index
from nuonuo.maths.whitening import Whitening

BLOCK = 512  # rows whose keys are made at a time
MOVED = 1 << 16  # rows that are keyed again where others before them come or go; more of them keep their keys


@dataclass(frozen=True)
class Edit:
    """The rows from `first` to before `after` became those from `first` to before `last`."""

    first: int
    after: int
    last: int
    kept: Tensor | None = None  # (n,) the rows that stayed, where others had gone before that

    @staticmethod
    def keeping(kept: Tensor) -> "Edit":
        """That rows went of which not all were `kept` (n,)."""
        first = int((~kept).nonzero()[0, 0])
        return Edit(first, first, first, kept)

    @property
    def gone(self) -> slice | Tensor:
        """The rows that are no more, as they were numbered before."""
        return slice(self.first, self.after) if self.kept is None else ~self.kept

    def applied(self, rows: Tensor, more: Tensor) -> Tensor:
        """Edited rows. more: those that came."""
        return torch.cat([rows[: self.first], more, rows[self.after :]]) if self.kept is None else rows[self.kept]


def keyed(cues: Log, fit: Whitening, before: tuple[Index, Tensor], edit: Edit | None) -> tuple[Index, Tensor]:
    """The index of the n keys of some cues, and their norms (n,) ahead of normalising.

    before: both as they were until the cues were edited, with the same fit. edit: None makes all anew.
    """
    (index, norms), n = before, len(cues)
    edit = edit or Edit(0, len(norms), n)
    if edit.kept is not None:
        index, norms = index.keep(edit.kept), norms[edit.kept]
    moved = edit.after != edit.last or edit.kept is not None
    whole = edit.last == n or (moved and n - edit.last <= MOVED)
    after, last = (len(norms), n) if whole else (edit.after, edit.last)
    keys, made = keys_of(cues, fit, edit.first, last)
    if whole and not edit.first:
        return Index.of(keys), made
    return index.put(edit.first, after, keys), torch.cat([norms[: edit.first], made, norms[after:]])


def keys_of(cues: Log, fit: Whitening, first: int, last: int) -> tuple[Tensor, Tensor]:
    """Keys (m, d) and norms (m,) of the cues from `first` to before `last`.

    On a fixed grid of padded blocks, because a matrix product rounds differently in another shape: a row has the same
    key, bit for bit, however the bank came to hold it, and so after reopening.
    """
    start = first - first % BLOCK
    X = cues[start:last]
    keys, norms = torch.empty_like(X), X.new_empty(len(X))
    for block, image in zip(X.split(BLOCK), keys.split(BLOCK), strict=True):
        whole = block if len(block) == BLOCK else pad(block, (0, 0, 0, BLOCK - len(block)))
        image.copy_(fit.linear(whole)[: len(block)])
    for image, norm in zip(keys.split(PART), norms.split(PART), strict=True):  # as `normalize` does
        norm.copy_(torch.linalg.vector_norm(image, dim=-1))
        image.div_(norm.clamp(min=1e-12)[:, None])
    return keys[first - start :], norms[first - start :]
