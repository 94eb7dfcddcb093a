"""The stores' client libraries leave sockets to the garbage collector: theirs to mend, no failure of ours."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
THEIRS = ("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning", "ignore:.*:DeprecationWarning")


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in Path(item.path).parents:
            for one in THEIRS:
                item.add_marker(pytest.mark.filterwarnings(one))
