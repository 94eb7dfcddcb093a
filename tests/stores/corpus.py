"""2,000 vectors that a test writes with a store's own client, and the oracle of what must be read."""

import hashlib
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from nuonuo import Memory

N, D, QUERIES, K = 2_000, 64, 50, 20
RANDOM = np.random.default_rng(12)
X = RANDOM.normal(size=(N, D)).astype(np.float32)
X /= np.linalg.norm(X, axis=1, keepdims=True)
Q = RANDOM.normal(size=(QUERIES, D)).astype(np.float32)
TEXTS = [f"passage {i} of the corpus" for i in range(N)]


def exact() -> list[list[str]]:
    """The numbers of the K best of each query by cosine in float64, best first."""
    x, q = X.astype(np.float64), Q.astype(np.float64)
    scores = q @ (x / np.linalg.norm(x, axis=1, keepdims=True)).T
    return [[str(i) for i in np.argsort(-row, kind="stable")[:K]] for row in scores]


def check_same_order(read) -> None:
    """All rows were read, with their own texts, and a bank of them ranks as the exact search does."""
    by_id = {one.about.own_id: one.target for one in read.records}
    assert by_id == {str(i): text for i, text in enumerate(TEXTS)}
    memory = Memory(dimension=D)
    memory.add_many(read.records)
    for q, expected in zip(Q, exact(), strict=True):
        trace = memory.recall(q, k=K, whitened=False, words=0, links=0)
        assert [memory.get(c.id).about.own_id for c in trace.candidates] == expected
    memory.close()


def contents(folder: Path) -> dict[str, str]:
    """What every file of a store holds, by its path."""
    files = [folder] if folder.is_file() else sorted(f for f in folder.rglob("*") if f.is_file())
    return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def serving(command: list[str], port: int, **options):
    """A server until the block ends, which listens on a port of 127.0.0.1; gives the process."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end and server.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        assert server.poll() is None, f"{command[0]} ended by itself"
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(15)
