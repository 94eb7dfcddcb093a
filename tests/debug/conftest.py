"""The bank that the debugger's tests share."""

from contextlib import closing

import pytest

from nuonuo import Memory
from nuonuo.memory.records import record


@pytest.fixture(scope="module")
def facts(encoder, sample):
    """The household's facts without their further cues; do not change it."""
    with closing(Memory(encoder=encoder, name="facts")) as memory:
        memory.add_many([record(row["cue"], row["target"]) for row in sample("facts")])
        yield memory
