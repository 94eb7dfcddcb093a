"""Whose background job runs next: so many at once, fair between tabs, with a limit for each tab and in all.

A queue entry is anything with `owner` (the id of the tab's session, None outside a page) and `background` (True for
work which nobody pressed a button for; it lets everything else go first).
"""

import threading
from typing import Any, Protocol

OF_ONE = 4  # jobs of one tab, waiting or running
IN_ALL = 40  # jobs of all tabs


class Entry(Protocol):
    """What stands in the queue."""

    owner: str | None
    background: bool


class Turns:
    """The queue of the jobs of a server. at_once: how many run at a time. All methods may be called by any thread."""

    def __init__(self, at_once: int, of_one: int = OF_ONE, in_all: int = IN_ALL) -> None:
        self.at_once, self.of_one, self.in_all = at_once, of_one, in_all
        self._waiting: list[Any] = []
        self._running: list[Any] = []
        self._served: dict[str | None, int] = {}  # owner: the number of the last turn it had
        self._turn = 0
        self._changed = threading.Condition()

    def join(self, entry: Entry) -> str | None:
        """Stand in the queue; a sentence that says why not if there are too many jobs already."""
        with self._changed:
            present = [*self._waiting, *self._running]
            mine = sum(one.owner == entry.owner for one in present)
            if entry.owner is not None and mine >= self.of_one:
                return f"this tab has {mine} jobs waiting or running, and no more are taken: cancel one, or wait"
            if len(present) >= self.in_all:
                return f"{len(present)} jobs wait or run on this server, and no more are taken: try again later"
            self._waiting.append(entry)
            self._changed.notify_all()
            return None

    def take(self, entry: Entry, seconds: float) -> bool:
        """Wait at most some seconds for the entry's turn; whether it has come, and the entry runs from now on."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._may_run(entry), seconds):
                return False
            self._waiting.remove(entry)
            self._running.append(entry)
            self._turn += 1
            self._served[entry.owner] = self._turn
            self._changed.notify_all()
            return True

    def leave(self, entry: Entry) -> None:
        """Go, from the queue or after the turn."""
        with self._changed:
            for group in (self._waiting, self._running):
                if entry in group:
                    group.remove(entry)
            present = {one.owner for one in (*self._waiting, *self._running)}
            if not self._waiting:  # who was served when matters only while someone waits
                self._served = {owner: turn for owner, turn in self._served.items() if owner in present}
            self._changed.notify_all()

    def before(self, entry: Entry) -> int:
        """How many jobs run or go first, as the queue stands now; 0 if it does not wait."""
        with self._changed:
            if entry not in self._waiting:
                return 0
            return len(self._running) + self._order().index(entry)

    def _may_run(self, entry: Entry) -> bool:
        free = self.at_once - len(self._running)
        return free > 0 and entry in self._order()[:free]

    def _order(self) -> list[Any]:
        """Who goes next: one job of each owner in turn, who was served longest ago first; background work last."""
        running = [one.owner for one in self._running]
        ahead: dict[str | None, int] = {owner: running.count(owner) for owner in running}
        ranks = []
        for at, entry in sorted(enumerate(self._waiting), key=lambda pair: (pair[1].background, pair[0])):
            round_of = ahead.get(entry.owner, 0)
            ahead[entry.owner] = round_of + 1
            ranks.append((entry.background, round_of, self._served.get(entry.owner, 0), at, entry))
        return [entry for *_, entry in sorted(ranks, key=lambda rank: rank[:4])]
