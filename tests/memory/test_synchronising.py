"""Specifies that a recall keeps to its device: what waits for it is a fixed number of values, whatever is stored."""

from collections import Counter

import pytest
from torch.utils._python_dispatch import TorchDispatchMode

from nuonuo import Asking, Memory
from nuonuo.memory.records import record
from tests.conftest import unit

WAITS = ("aten.item.default", "aten._local_scalar_dense.default", "aten.nonzero.default", "aten._unique2.default")
MOST = 12  # of them: each lets the host wait until a GPU has done all that it was told
TOLD = 260  # operations of a recall at most


class Operations(TorchDispatchMode):
    """Counts what PyTorch is told to do while it lasts."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()

    def __torch_dispatch__(self, operation, _types, given=(), named=None):
        self.counts[str(operation)] += 1
        return operation(*given, **named or {})


def counted(memories, how, device):
    x = unit(memories, 32, 0)
    memory = Memory(None, dimension=32, device=device)
    memory.add_many(
        [record(f"text {i} group{i % 7}", f"text {i + 1} group{(i + 1) % 7}", (), one, one) for i, one in enumerate(x)]
    )
    memory.recall(x[0], how, text="text 4 group3")  # what is made on first use is made
    with Operations() as told:
        memory.recall(x[1], how, text="text 5 group3")
    memory.close()
    return told.counts


@pytest.mark.parametrize("how", [Asking().alone, Asking()], ids=["by meaning", "with words and links"])
def test_a_recall_waits_for_its_device_no_more_often_when_more_is_stored_or_asked_for(how, device):
    few, many = counted(300, how, device), counted(3_000, Asking(**vars(how) | {"k": 100}), device)
    for counts in (few, many):
        assert sum(counts[name] for name in WAITS) <= MOST
        assert sum(counts.values()) <= TOLD
