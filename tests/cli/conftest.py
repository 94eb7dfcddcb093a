"""What the tests of the command line share."""

import signal

import pytest


@pytest.fixture(autouse=True)
def interrupt():
    """A command that stores goes on to its end, and so lets Ctrl-C go unheard; here another test comes after it."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)
