"""Small products: on one thread."""

import pytest

from nuonuo.lab.spiking import one_thread


@pytest.fixture(autouse=True, scope="package")
def on_one_thread():
    with one_thread():
        yield
