"""Embeddings from a server that speaks OpenAI's protocol: POST URL/embeddings {"model": …, "input": [texts]}.

An address is `openai:MODEL@URL`, or `openai:MODEL` with the URL in NUONUO_EMBEDDINGS_URL. The key is taken from
NUONUO_EMBEDDINGS_KEY or OPENAI_API_KEY when it is needed, and stands in no message and no file. A bank of somebody else
names its server itself, so a key goes only where `key_for` allows, and never along with a redirect.
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import numpy as np

PREFIX = "openai:"
PUBLIC = "https://api.openai.com/v1"
TRIES = 5  # of one batch
FIRST = 0.5  # seconds before the second try; twice as long before each further one
LONGEST_WAIT = 30.0  # seconds that a server may ask for by Retry-After
SECONDS = 60.0  # that an answer may take
LOCAL = {"localhost", "127.0.0.1", "::1"}  # this machine
AGAIN = {408, 409, 429, 500, 502, 503, 504}  # codes of an answer that may be another one later


class _Staying(HTTPRedirectHandler):
    """Follows no redirect: urllib would take the key along, to whatever host is named."""

    def redirect_request(self, *_):
        return None


@dataclass(frozen=True)
class Endpoint:
    """A model of a server. url: without the /embeddings at its end."""

    model: str
    url: str
    first: float = FIRST  # seconds before the second try
    timeout: float = SECONDS

    @staticmethod
    def of(address: str) -> "Endpoint":
        """The one that an address names. Raises ValueError if it is none."""
        model, _, url = address.removeprefix(PREFIX).partition("@")
        url = url or os.environ.get("NUONUO_EMBEDDINGS_URL") or PUBLIC
        parts = urlsplit(url)
        if not model or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(
                f"an embeddings server must be openai:MODEL@URL with a URL of http:// or https://, or openai:MODEL and "
                f"NUONUO_EMBEDDINGS_URL, got {_shown(address)!r}"
            )
        if parts.username or parts.password or parts.query:
            raise ValueError(
                f"the URL of an embeddings server must hold no key, for it is kept in the bank: put the key into "
                f"NUONUO_EMBEDDINGS_KEY, got {_shown(address)!r}"
            )
        return Endpoint(model, url.rstrip("/").removesuffix("/embeddings"))

    @property
    def name(self) -> str:
        """What a bank remembers: model and URL, so that the environment decides no more than the key."""
        return f"{PREFIX}{self.model}@{self.url}"

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (n, d) of texts, in one request, tried again while the server is busy or out of reach.

        Raises ValueError in one sentence if there is no answer, or one that holds no such embeddings.
        """
        return self._rows(self._ask(list(texts)), len(texts))

    def _ask(self, texts: list[str]) -> bytes:
        body = json.dumps({"model": self.model, "input": texts, "encoding_format": "float"}).encode()
        key, opener = key_for(self.url), build_opener(_Staying)
        head = {"Content-Type": "application/json", "User-Agent": "nuonuo"}
        head |= {"Authorization": f"Bearer {key}"} if key else {}
        why = ""
        for turn in range(TRIES):
            wait = self.first * 2**turn
            try:
                with opener.open(Request(f"{self.url}/embeddings", body, head), timeout=self.timeout) as answer:
                    return answer.read()
            except HTTPError as reason:
                with reason:
                    why = f"code {reason.code}{_detail(reason.read(2_000), key)}{_withheld(reason.code, key)}"
                    wait = max(wait, _asked(reason.headers.get("Retry-After")))
                if reason.code not in AGAIN:
                    break
            except (URLError, TimeoutError, HTTPException, OSError) as reason:
                why = str(getattr(reason, "reason", reason)) or type(reason).__name__
            if turn < TRIES - 1:
                time.sleep(wait)
        raise ValueError(f"the embeddings server at {self.url} gives none for model {self.model}: {why}")

    def _rows(self, answer: bytes, count: int) -> np.ndarray:
        """The embeddings by their index, whatever order they come in."""
        try:
            data = json.loads(answer)["data"]
            by_index = {int(one.get("index", place)): one["embedding"] for place, one in enumerate(data)}
            rows = np.array([by_index[index] for index in range(count)], dtype=np.float32)
        except (ValueError, KeyError, TypeError, AttributeError) as reason:
            raise ValueError(self._wrong(count, "another answer")) from reason
        if rows.ndim != 2 or len(by_index) != count:
            raise ValueError(self._wrong(count, f"{len(by_index)} of shape {rows.shape[1:]}"))
        return rows

    def _wrong(self, count: int, got: str) -> str:
        return f"the embeddings server at {self.url} must answer with {count} embeddings of one size, got {got}"


def key_for(url: str) -> str | None:
    """The key that a server may be given; None: none.

    NUONUO_EMBEDDINGS_KEY is for the server of NUONUO_EMBEDDINGS_URL where that is set, and for any without it.
    OPENAI_API_KEY is for that one too, for OpenAI's own, and for this machine.
    """
    named, own = os.environ.get("NUONUO_EMBEDDINGS_URL"), os.environ.get("NUONUO_EMBEDDINGS_KEY")
    meant = bool(named) and _origin(named or "") == _origin(url)
    if own and (meant or not named):
        return own
    trusted = meant or _origin(url) == _origin(PUBLIC) or urlsplit(url).hostname in LOCAL
    return (os.environ.get("OPENAI_API_KEY") or None) if trusted else None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _withheld(code: int, key: str | None) -> str:
    """That a server which wants a key was given none although there is one."""
    there = os.environ.get("NUONUO_EMBEDDINGS_KEY") or os.environ.get("OPENAI_API_KEY")
    if code not in {401, 403} or key or not there:
        return ""
    return "; no key was sent there, as NUONUO_EMBEDDINGS_URL does not name it"


def _shown(address: str) -> str:
    """An address without what may be a key."""
    model, at, url = address.partition("@")
    parts = urlsplit(url)
    return model + at + parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _detail(body: bytes, key: str | None) -> str:
    """What a server says of its error, without the key, which some repeat."""
    text = body.decode("utf-8", "replace")
    try:
        found = json.loads(text)
        error = found.get("error", found.get("detail", found.get("message", "")))
        text = error.get("message", "") if isinstance(error, dict) else str(error)
    except (ValueError, AttributeError):
        pass
    text = " ".join((text.replace(key, "***") if key else text).split())[:200]
    return f", {text}" if text else ""


def _asked(seconds: str | None) -> float:
    """The seconds that a server asks to be left alone."""
    try:
        return min(max(float(seconds or 0), 0.0), LONGEST_WAIT)
    except ValueError:
        return 0.0
