"""A lock that keeps nobody waiting for longer than one turn of each who asked before."""

import threading
from collections import deque


class FairLock:
    """A lock that is given in the order of asking, so that who uses it over and over keeps nobody waiting."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[threading.Lock] = deque()  # of who has it, then of who waits; a turn is its lock's release

    def __enter__(self) -> None:
        turn = threading.Lock()
        turn.acquire()
        with self._guard:
            self._queue.append(turn)
            if self._queue[0] is turn:
                turn.release()
        try:
            turn.acquire()
        except BaseException:  # Ctrl-C while waiting
            self._leave(turn)
            raise

    def __exit__(self, *_: object) -> None:
        self._leave(self._queue[0])

    def _leave(self, turn: threading.Lock) -> None:
        with self._guard:
            first = self._queue[0] is turn
            self._queue.remove(turn)
            if first and self._queue:
                self._queue[0].release()
