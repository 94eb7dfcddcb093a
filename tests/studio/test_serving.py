"""Specifies what the explorer's server listens on, whom it asks, and who may open a connection to it."""

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
import websockets
from starlette.datastructures import Headers

from nuonuo.studio.shell.serving import admitted, everywhere, local
from tests.browser.driver import ROOT, free_port, wait_for

ASKS = """
import socket, sys
real = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX and self.type == socket.SOCK_STREAM:
        print("CONNECTS", address, file=sys.stderr, flush=True)
    return real(self, address)
socket.socket.connect = connect
look = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    print("LOOKS UP", host, file=sys.stderr, flush=True)
    return look(host, *rest, **more)
socket.getaddrinfo = getaddrinfo
"""  # what Python runs first when it starts (sitecustomize): every host asked for goes to the log


@contextmanager
def running(folder, *words, home=None):
    """`nuonuo app` with these words on a free port; gives the port, and the file of what it says."""
    port = free_port()
    (folder / "sitecustomize.py").write_text(ASKS)
    env = os.environ | {"NUONUO_HOME": str(home or folder), "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "nuonuo", "app", "--port", str(port), "--server.headless", "true", *words]
    log = folder / "log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out)
        try:
            wait_for(f"http://localhost:{port}/_stcore/health", server)
            yield port, log
        finally:
            server.terminate()
            server.wait(20)


def status(port, origin, host="127.0.0.1", path=""):
    """The HTTP status that a websocket is answered with; 101 if it is let in."""

    async def connect():
        headers = {} if origin is None else {"Origin": origin}
        try:
            async with websockets.connect(
                f"ws://{host}:{port}{path}/_stcore/stream", additional_headers=headers, proxy=None
            ):
                return 101
        except websockets.exceptions.InvalidStatus as refused:
            return refused.response.status_code

    return asyncio.run(connect())


def listens(port):
    """The local addresses that listen on a port, of /proc/net/tcp and tcp6."""
    found = set()
    for file in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(file) as lines:
            for line in list(lines)[1:]:
                address, state = line.split()[1], line.split()[3]
                if state == "0A" and int(address.rpartition(":")[2], 16) == port:
                    found.add(address.partition(":")[0])
    return found


LOOPBACK = {"0100007F", "00000000000000000000000001000000"}


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="reads /proc/net/tcp")
def test_the_server_is_this_machines_alone_and_admits_its_own_pages_only(tmp_path):
    with running(tmp_path) as (port, log):
        assert listens(port)
        assert listens(port) <= LOOPBACK
        own = "127.0.0.1" if "0100007F" in listens(port) else "[::1]"
        assert status(port, f"http://{own}:{port}", own) == 101
        for foreign in (None, "", "null", "http://evil.example", f"http://localhost:{port + 1}", "http://[", "file://"):
            assert status(port, foreign, own) == 403, foreign
        said = log.read_text()
    asked = {line for line in said.splitlines() if line.startswith(("CONNECTS", "LOOKS UP"))}
    assert all("localhost" in line or "127.0.0.1" in line or "::1" in line for line in asked), asked
    assert "without a login" not in said


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="reads /proc/net/tcp")
def test_a_server_for_others_says_what_that_means_and_asks_no_outside_host(tmp_path):
    with running(tmp_path, "--host", "0.0.0.0") as (port, log):
        assert listens(port) == {"00000000"}
        assert status(port, f"http://127.0.0.1:{port}") == 101
        assert status(port, None) == 403
        said = log.read_text()
    assert "whoever reaches this machine can read and change every bank, without a login" in said
    asked = {line for line in said.splitlines() if line.startswith(("CONNECTS", "LOOKS UP"))}
    assert all("localhost" in line or "127.0.0.1" in line or "0.0.0.0" in line for line in asked), asked


def test_an_origin_must_be_the_host_asked_for():
    assert admitted(Headers({"origin": "https://a.example", "host": "a.example"}))
    assert not admitted(Headers({"origin": "https://a.example", "host": "b.example"}))
    assert not admitted(Headers({"origin": "https://a.example"}))
    assert not admitted(Headers({"host": "a.example"}))


def test_addresses_of_this_machine_are_known():
    assert all(map(local, ("localhost", "127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(local, ("0.0.0.0", "::", "10.0.0.1", "explorer.example")))
    assert everywhere("::")
    assert not everywhere("127.0.0.1")


def test_the_warm_up_loads_the_language_model_and_the_opening_sample():
    from nuonuo.studio.shell import banks
    from nuonuo.studio.shell.serving import warm

    banks.encoder.clear()
    assert not banks.encoder().ready
    warm()
    assert banks.encoder().ready
    assert len(banks.named("facts")) == 143


@pytest.mark.parametrize("kind", ["file", "refused"])
def test_a_home_that_cannot_be_written_is_said_when_the_explorer_starts_and_it_runs(tmp_path, kind):
    place = tmp_path / "home" if kind == "file" else "/sys/nuonuo"  # where not even root makes a folder
    if kind == "file":
        place.write_text("")
    with running(tmp_path, home=place) as (_, log):
        told = [line for line in log.read_text().splitlines() if "NUONUO_HOME" in line]
    assert len(told) == 1
    said = f"There can be no banks of your own: NUONUO_HOME must be a folder that can be written, and {place} is none: "
    assert told[0].startswith(said)
