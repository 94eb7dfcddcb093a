"""Banks full of ties, and Milvus Lite as a file and as a server."""

import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from nuonuo import Memory
from nuonuo.memory.records import record
from tests.stores.corpus import free_port, serving

D, UNITS, WINNERS = 16, 256, 8
SAID = [
    *("kiln glaze shelf clay firing cone", "the is of and", "v1.7 release notes error E-4011", "窑炉一开就跳闸"),
    *("kiln kiln kiln", "a", "spare key third pot", "ร้านกาแฟเปิดเจ็ดโมงเช้า", "naïve café ERR_2041", "cone glaze"),
]


def bank_of(n=300, seed=0, d=D, path=None):
    """n memories of one to three cues. Every fifth is one before it again, in texts and embeddings."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        if i % 5 == 4:
            rows.append(rows[int(random.integers(len(rows)))])
            continue
        cues = [_text(random) for _ in range(random.integers(1, 4))]
        rows.append((cues, random.normal(size=(len(cues), d))))
    memory = Memory(path, dimension=d, units=UNITS, winners=WINNERS, name="ties")
    memory.add_many([record(cues[0], f"target {i}", cues[1:], x) for i, (cues, x) in enumerate(rows)])
    return memory


def _text(random):
    """Words of a few of the texts above, mixed."""
    words = " ".join(SAID[int(random.integers(len(SAID)))] for _ in range(random.integers(1, 4))).split()
    return " ".join(random.permutation(words)[: random.integers(1, 9)])


def questions(memory, count=12, seed=1):
    """Keys (b, d), codes (b, k) and texts: of stored cues, of noise, and of texts that no memory shares a word with."""
    random, bank = np.random.default_rng(seed), memory.bank
    some = random.integers(0, len(bank.X), count)
    x = torch.cat([bank.X[some], torch.from_numpy(random.normal(size=(count, bank.d))).float()])
    keys = bank.whitening(x)
    texts = [*(bank.texts[i] for i in some), *(_text(random) for _ in range(count - 2)), "nothing shared", "the of"]
    return keys, bank.encode(keys).winners, texts


@contextmanager
def milvus_server(folder, port=None):
    """`milvus-lite server` over a folder on a port of 127.0.0.1; gives its address and its process."""
    port = port or free_port()
    command = [str(Path(sys.executable).with_name("milvus-lite")), "server", "--data-dir", str(folder)]
    with serving([*command, "--host", "127.0.0.1", "--port", str(port)], port) as server:
        yield f"http://127.0.0.1:{port}", server


def same(one, other, tolerance=2e-5):
    """Whether two engines found the same memories by the same cues in the same order, with equal scores."""
    return (
        one.memories.tolist() == other.memories.tolist()
        and one.cues.tolist() == other.cues.tolist()
        and bool(np.allclose(one.scores, other.scores, rtol=tolerance, atol=tolerance))
    )
