"""The explorer's server: `nuonuo app`, what it listens on, and who may open a connection to it.

A page is shown over a websocket, which a browser opens to any address for any site. Streamlit admits one without an
Origin, and one of any port of this machine; here it must come from the explorer's own pages.
"""

import asyncio
import contextlib
import gc
import importlib
import threading
import warnings
import webbrowser
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit.web import cli

from nuonuo.files.explorer import explorer_file

OPEN = (
    "Listening on {}: whoever reaches this machine can read and change every bank, without a login; "
    "README, “For others”, says how to put one before it."
)
OWN_NAMES = ("localhost", "127.0.0.1", "::1")
LOADING = threading.Lock()  # held while the engine is imported: two threads that import at once leave modules half made
REFUSED = 1008  # a websocket's code for "against the policy"


class SameOrigin:
    """Refuses each websocket that does not come from a page of this server or of `server.corsAllowedOrigins`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or close the websocket before it opens: the browser gets 403."""
        if scope["type"] == "websocket" and not admitted(Headers(scope=scope)):
            await WebSocketClose(REFUSED, "Origin is not this server's")(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def admitted(headers: Headers) -> bool:
    """Whether a websocket's Origin is the host that it asks for, or one that this server was told to trust."""
    origin = headers.get("origin", "")
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(host) and (host == headers.get("host") or origin in st.get_option("server.corsAllowedOrigins"))


def load() -> None:
    """Import the engine while `LOADING` is held by whoever started this, and let it go."""
    try:
        importlib.import_module("nuonuo.studio.shell.banks")
        importlib.import_module("nuonuo.studio.shell.fields")
    finally:
        LOADING.release()
    warm()


def warm() -> None:
    """Load what the first question needs: the language model, the opening sample and the map's compiled code."""
    from nuonuo.studio.shell import banks  # the server answers before torch is loaded
    from nuonuo.studio.shell.fields import FIELDS

    with contextlib.suppress(ValueError, OSError):  # a page says what is wrong, in a sentence
        banks.encoder().model.encode("ready")
        banks.named(str(FIELDS["bank"].default))
    with warnings.catch_warnings(action="ignore"):  # umap's, of parts that are not used here
        importlib.import_module("umap.umap_")  # what numba compiles, before a visitor wants a map
    gc.collect()
    gc.freeze()  # a million objects of libraries, which stay: looking at each again took a third of a second


@asynccontextmanager
async def opened(_: object) -> AsyncIterator[None]:
    """While the server runs: warm up in the background, and open the explorer in the browser unless it is headless."""
    LOADING.acquire()
    threading.Thread(target=load, name="warm-up", daemon=True).start()
    if not st.get_option("server.headless"):
        host, path = st.get_option("server.address"), st.get_option("server.baseUrlPath").strip("/")
        name = "localhost" if not host or everywhere(host) else f"[{host}]" if ":" in host else host
        page = f"http://{name}:{st.get_option('server.port')}/{path}"
        asyncio.get_running_loop().call_later(1, webbrowser.open, page)  # it listens once this has yielded
    yield


def local(address: str) -> bool:
    """Whether only this machine can reach what listens on an address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def everywhere(address: str) -> bool:
    """Whether an address stands for all that this machine has."""
    return address in {"0.0.0.0", "::"}


def serve(address: str, port: int, options: Sequence[str] = ()) -> None:
    """Run the explorer until Ctrl-C. options: of `streamlit run`, such as --server.headless true."""
    own = ["--server.address", address, "--server.port", str(port), "--server.showEmailPrompt", "false"]
    own += ["--server.fileWatcherType", "none"]  # a visitor's explorer does not change while it runs
    if local(address):  # a foreign name that points here is another site's page
        own += [word for name in OWN_NAMES for word in ("--server.allowedHosts", name)]
    elif everywhere(address) and not any(word.startswith("--browser.serverAddress") for word in options):
        own += [
            "--browser.serverAddress",
            "localhost",
        ]  # else Streamlit asks an outside host for this machine's address
    cli.main(["run", str(explorer_file("server.py")), *own, *options], prog_name="streamlit")
