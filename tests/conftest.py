"""What the tests share: every device of this machine, the real encoder, real texts."""

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test may need a network
if "PYTEST_XDIST_WORKER" in os.environ:  # the workers share the cores, and so do the programs they start
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from hypothesis import settings

from nuonuo import Encoder, Memory
from nuonuo.files.memories import read_items
from nuonuo.memory.records import record

BANKS = Path(__file__).parents[1] / "assets" / "banks"
if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)
FOUND = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
DEVICES = [name for name, found in FOUND.items() if found]

settings.register_profile("nuonuo", deadline=None, max_examples=40)
settings.load_profile("nuonuo")


@pytest.fixture(params=DEVICES)
def device(request):
    """Each device of this machine."""
    return request.param


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """The real MiniLM, with a cache file of this test run."""
    return Encoder(cache=tmp_path_factory.mktemp("cache") / "embeddings.sqlite")


@pytest.fixture(scope="session")
def sample():
    """Reads a sample bank: a list of {cue, target, …}."""
    return lambda name: [json.loads(line) for line in (BANKS / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def embeddings(encoder, sample):
    """Real embeddings (N, 384) of the household facts."""
    return encoder.encode([row["target"] for row in sample("facts")])


@pytest.fixture(scope="session")
def stories(encoder, sample):
    """The bank of ten stories; do not change it."""
    memory = Memory(encoder=encoder, name="stories")
    memory.add_many([record(row["cue"], row["target"]) for row in sample("stories")])
    yield memory
    memory.close()


@pytest.fixture(scope="session")
def island(encoder):
    """The bank of the island's encyclopaedia; do not change it."""
    memory = Memory(encoder=encoder, name="island")
    memory.add_many(read_items(BANKS / "island.jsonl"))
    yield memory
    memory.close()


@pytest.fixture
def vectors():
    """A bank of ready-made embeddings of dimension 8, where `vectors(path)` is a file."""
    opened = []

    def make(path=None, **settings):
        opened.append(Memory(path, dimension=8, **settings))
        return opened[-1]

    yield make
    for memory in opened:
        memory.close()


def unit(n, d, seed=0, dtype=torch.float32):
    """n random unit rows."""
    x = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (x / x.norm(dim=1, keepdim=True)).to(dtype)


def items(n, d=8, seed=0):
    """n memories with random ready-made embeddings."""
    x, y = unit(n, d, seed), unit(n, d, seed + 1)
    return [record(f"cue {i}", f"target {i}", (), x[i], y[i]) for i in range(n)]
