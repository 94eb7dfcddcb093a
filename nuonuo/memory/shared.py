"""Shared: a bank and its file, which many threads and processes read while one at a time changes it.

A change is made in the file's transaction and swaps in the next bank; if the transaction fails the bank is as before.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import torch

from nuonuo.maths.whitening import Whitening
from nuonuo.memory.bank import Bank
from nuonuo.memory.opening import Busy, settings_of
from nuonuo.memory.records import BankSettings, Record
from nuonuo.memory.store import Conflict, Store


class Shared:
    """The bank that a store holds. `bank` never changes itself: it is another one after a change."""

    def __init__(self, store: Store, device: torch.device) -> None:
        self.store, self.device = store, device
        self._lock = threading.RLock()  # of whoever changes the bank
        self.bank = self.read()

    def read(self) -> Bank:
        """The bank that the file holds, with the whitening that was saved."""
        settings, fitted = settings_of(self.store.path, self.store.meta), None
        with self.store.reading():
            saved, rows = self.store.load_whitening(), self.store.load()
        if saved:
            n, shrinkage, mean, matrix = saved
            A = None if matrix is None else torch.tensor(matrix, device=self.device)
            centre = torch.tensor(mean, device=self.device)
            fitted = Whitening(centre, A, n, settings.exponent, settings.ridge, shrinkage)
        bank = self._made(rows, settings, fitted)
        if bank.whitening is not fitted:
            with suppress(Busy):  # a reader waits for no writer: whoever opens it next fits it again
                self._keep(bank.whitening)
        return bank

    def _made(self, rows: list[Record], settings: BankSettings, fitted: Whitening | None) -> Bank:
        """Raises ValueError, naming the file, if no bank can be made of what it holds."""
        try:
            if wrong := next((row.id for row in rows if not _fits(row, settings.dimension)), None):
                raise ValueError(f"its memory {wrong} has an embedding of another size")
            return Bank.of(rows, settings, self.device, fitted)
        except (KeyError, TypeError, ValueError, RuntimeError, np.linalg.LinAlgError) as reason:
            raise ValueError(f"bank {self.store.path} is damaged: {reason}") from reason

    def refresh(self) -> None:
        """Read the file again if another process has changed it. Does not wait for a writer, who does so himself."""
        if self._lock.acquire(blocking=False):
            try:
                if self.store.changed_elsewhere():
                    self.bank = self.read()
            finally:
                self._lock.release()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While it lasts no one else changes the bank; what is changed in it is one transaction, all or nothing."""
        with self._lock:
            before = self.bank
            try:
                with self.store.writing():
                    if self.store.changed_elsewhere():
                        before = self.bank = self.read()
                    yield
            except BaseException:
                self.bank = before
                raise

    def swap(self, bank: Bank) -> None:
        """Make another bank the current one, and write its whitening down if it was fitted again; inside `alone`."""
        if bank.whitening is not self.bank.whitening:
            self._keep(bank.whitening)
        self.bank = bank

    def change(self, changed: Callable[[], Record], version: int | None = None) -> Record:
        """Replace a memory by what `changed` makes of the newest; it may take its time, for no lock is held meanwhile.

        version: that the change was made on; None: it is made again on the newest if someone else was faster. Raises
        Conflict if the memory has another version, ValueError if it is gone.
        """
        with self._lock:  # whoever holds it reads the newest before anything else
            self.refresh()
        while True:
            new = changed()
            try:
                with self.alone():
                    row = self.store.replace(new if version is None else replace(new, version=version))
                    self.swap(self.bank.replace(row))
                return row
            except Conflict:  # the bank is the newest now
                if version is not None:
                    raise

    def copy_into(self, other: "Shared") -> None:
        """Make another hold what this one does; the bank itself is shared, with all that was made of it."""
        with self._lock:
            self.refresh()
            self.store.copy_into(other.store)
            other.bank = self.bank

    def _keep(self, w: Whitening) -> None:
        matrix = None if w.matrix is None else w.matrix.cpu().numpy()
        self.store.save_whitening(w.n, w.shrinkage, w.mean.cpu().numpy(), matrix)


def _fits(row: Record, d: int) -> bool:
    return row.embedding.shape == (d,) and row.cue_embeddings.shape == (len(row.cues), d)
