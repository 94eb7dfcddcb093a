"""What the tests of the engines share: a bank full of ties, and an address in Milvus, of a file and of a server."""

import pytest

from tests.engines.material import bank_of, milvus_server


@pytest.fixture(scope="session")
def ties():
    """300 memories with some 600 cues; do not change it."""
    memory = bank_of()
    yield memory
    memory.close()


@pytest.fixture(scope="module", params=["file", "server"])
def address(request, tmp_path_factory):
    """Where an index can be made."""
    folder = tmp_path_factory.mktemp("index") / "index.db"
    if request.param == "file":
        yield str(folder)
        return
    with milvus_server(folder) as (uri, _):
        yield uri
