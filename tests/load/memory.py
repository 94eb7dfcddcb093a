"""Memory of a server whose visitors come, change a sample and go: `python -m tests.load.memory [SESSIONS]`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.browser.driver import ROOT, serve
from tests.load.visitor import visiting

FIRST = 20  # sessions after which the server is warm


def resident(url: str) -> float:
    """MiB of memory which the server at a URL has taken. Linux."""
    port = url.rpartition(":")[2]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            status = (folder / "status").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if f"--server.port {port} " in command:
            return int(status.split("VmRSS:")[1].split()[0]) / 1024
    raise AssertionError(f"no server at {url}")


async def come_and_go(url: str, sessions: int) -> dict[int, float]:
    """Open sessions one after another, each with a private copy of the sample; {sessions: MiB after so many}."""
    measured = {}
    for n in range(1, sessions + 1):
        async with visiting(url) as visitor:
            assert not visitor.boxes, visitor.boxes
            await visitor.press("Apply")
            assert "scratch" in visitor.query
            assert not visitor.boxes, visitor.boxes
        if n % FIRST == 0:
            measured[n] = resident(url)
            print(f"{n:4} sessions: {measured[n]:7.0f} MiB", flush=True)
    return measured


def main(sessions: int = 200) -> dict[int, float]:
    """Measure on a server of its own."""
    with tempfile.TemporaryDirectory() as home, serve(ROOT / "server.py", Path(home), NUONUO_HOME=home) as url:
        return asyncio.run(come_and_go(url, sessions))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
