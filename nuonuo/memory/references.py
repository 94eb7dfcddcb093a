"""References: what a text points at by name, address, path or id, and the keys by which a memory is found so.

A key says how it is meant: "[" a title in any case, "/" the end of a path, "=" a whole source.
"""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from nuonuo.memory.mentions import UNSPACED, plain
from nuonuo.memory.records import About

WIKI = re.compile(r"\[\[([^\[\]]+)\]\]")
MARKDOWN = re.compile(r"\]\( ?(?:<([^<>]+)>|((?:[^\s()<>]|\([^\s()]*\))+))")
URL = re.compile(r"https?://[^\s<>\"]+")
APART = rf"\s,;!?\"'`()\[\]{{}}<>|*=“”‘’«»„…\u2190-\u21ff\u3000-\u3004\u3008-\u303f\uff01-\uff0f\uff1a-\uff1f{UNSPACED}"
TOKEN = re.compile(rf"(?<![^{APART}])[^{APART}\d]*+\d[^{APART}]*")  # one that has a digit
MORE = re.compile(r"[^\W\d]|[-_/.]")  # what makes an id of a number
EDGE = "./:@#-_–—"  # may end a token without being part of an id
AFTER = ".,;:!?'*_)]}"  # may follow an address without being part of it
TRIES = 8  # such characters at most
DEPTH = 32  # folders of a path at most

Said = tuple[str, int, int]  # a key, and where in the text it stands: start, end


def names(about: About) -> list[str]:
    """The keys by which others may refer to a memory."""
    title, source = plain(about.title or ""), plain(about.source or "")
    keys = [_title(title)] if title else []
    if source:
        parts = [part for part in source.replace("\\", "/").split("/") if part][-DEPTH:]
        keys += [_source(source), *("/" + "/".join(parts[first:]) for first in range(len(parts)))]
    return keys


def references(text: str) -> list[Said]:
    """All that a text (as `plain` gives it) may refer to; of two readings of one place the longer is meant."""
    found: list[Said] = []
    if "[[" in text:
        found += _wiki(text)
    if "](" in text:
        found += _markdown(text)
    if "://" in text:
        found += _addresses(text)
    return found + list(_ids(text))


def _title(title: str) -> str:
    return "[" + (title.lower() if title.isascii() else plain(title.casefold()))


def _source(source: str) -> str:
    return "=" + (source.rstrip("/") if "://" in source else source)


def _wiki(text: str) -> Iterator[Said]:
    """[[Title]], [[Title|shown]], [[Title#part]]."""
    for match in WIKI.finditer(text):
        name, start = match[1].partition("|")[0].rstrip("\\"), match.start(1)
        for end in {len(name), len(name.partition("#")[0]), len(name.partition("^")[0])}:
            if title := name[:end].strip():
                yield _title(title), start, start + end


def _markdown(text: str) -> Iterator[Said]:
    """[text](path/file.md#part) and [text](https://…)."""
    for match in MARKDOWN.finditer(text):
        group = 1 if match[1] else 2
        link, start = match[group], match.start(group)
        for end in {len(link), len(link.partition("#")[0])}:
            target = plain(unquote(link[:end]))
            if "://" in target:
                yield _source(target), start, start + end
                yield _source(link[:end]), start, start + end  # as written
            elif path := _path(target):
                yield "/" + path, start, start + end


def _path(link: str) -> str:
    """A path without the way up to where it starts."""
    path = posixpath.normpath(link.replace("\\", "/")) if link else ""
    return "/".join(part for part in path.split("/") if part not in ("", ".", ".."))


def _addresses(text: str) -> Iterator[Said]:
    for match in URL.finditer(text):
        url, start = match[0], match.start()
        for _ in range(TRIES):
            for end in {len(url), len(url.partition("#")[0])}:
                yield _source(url[:end]), start, start + end
            if url[-1] not in AFTER:
                break
            url = url[:-1]


def _ids(text: str) -> Iterator[Said]:
    """Tokens such as ABC-123: with a digit, and a letter or one of -_/. too."""
    for match in TOKEN.finditer(text):
        token, start = match[0], match.start()
        if not MORE.search(token):
            continue
        yield _source(token), start, start + len(token)
        if token[0] in EDGE or token[-1] in EDGE:
            inner = token.strip(EDGE)
            start += token.index(inner)
            yield _source(inner), start, start + len(inner)
