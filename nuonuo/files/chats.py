"""Chat logs as memories, a message a row: `role: content`, its conversation as session and its place in it.

Messages of {role, content} as OpenAI's interface takes them, alone or in conversations with `messages` (in batches and
fine-tuning files too), ChatGPT's export (`mapping`), Claude's (`chat_messages`) and ShareGPT's (`conversations`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from nuonuo.files.names import short
from nuonuo.files.separated import Row
from nuonuo.memory.records import is_number, is_text

LISTS = ("messages", "chat_messages", "conversations", "conversation", "turns", "dialogue", "dialog")
WHO = ("role", "from", "sender", "speaker", "author", "user", "name")
WHAT = ("content", "value", "text", "message", "utterance", "parts")
NAME = ("session", "session_id", "conversation_id", "custom_id", "id", "uuid", "title", "name")
WHEN = ("timestamp", "created_at", "create_time", "created", "time", "date", "when", "ts")


def is_message(row: Any) -> bool:
    """Whether a row is a message: who said it under `role`, `from`, `sender` or `speaker`, and what."""
    if not isinstance(row, Mapping) or not {"role", "from", "sender", "speaker"} & set(row):
        return False
    if "role" in row:
        return _is_role(row["role"]) and any(name in row for name in ("content", "tool_calls", "parts", "text"))
    said = any(name in row for name in WHAT) and not {"subject", "to"} & set(row)  # those are of mails
    return said and (_is_role(row.get("from")) or is_text(row.get("sender")) or is_text(row.get("speaker")))


def _is_role(role: Any) -> bool:
    roles = {"user", "assistant", "system", "tool", "function", "developer", "human", "ai", "bot", "model", "gpt"}
    return is_text(role) and role.casefold() in roles


def is_chat(row: Mapping[str, Any]) -> bool:
    """Whether a row is a message, or a conversation of such."""
    if "cue" in row or {"haystack_sessions", "sample_id"} & set(row):
        return False
    return is_message(row) or _messages(row) is not None


def _messages(row: Mapping[str, Any]) -> list | None:
    """The messages of a conversation in their order; None if the row is none."""
    if isinstance(row.get("mapping"), Mapping):
        return _of_mapping(row)
    body = row.get("body")
    inner = body if isinstance(body, Mapping) else row
    for name in LISTS:
        found = inner.get(name)
        if isinstance(found, list) and found and all(map(is_message, found)):
            return found
    return None


def _of_mapping(row: Mapping[str, Any]) -> list:
    """The messages of a conversation as ChatGPT exports it: from the current one back to the first."""
    nodes, path = row["mapping"], []
    place, seen = row.get("current_node"), set()
    while place in nodes and place not in seen:
        seen.add(place)
        path.append(nodes[place].get("message"))
        place = nodes[place].get("parent")
    found = path[::-1] or [node.get("message") for node in nodes.values() if isinstance(node, Mapping)]
    return [
        {**one, "role": one["author"].get("role")}
        for one in found
        if isinstance(one, Mapping) and isinstance(one.get("author"), Mapping)
    ]


def read_chats(rows: Iterable[Row], name: str) -> Iterator[Row]:
    """The messages of rows as memories; those without text, such as calls of tools, are none.

    name: the session of messages that say nothing of theirs. Raises ValueError naming a row that is neither.
    """
    places: dict[str, int] = {}
    for number, (where, row) in enumerate(rows, 1):
        said = [row] if is_message(row) else _messages(row)
        if said is None:
            raise ValueError(f"{where}: must be a message with role and content, or a conversation, got {short(row)}")
        session = _first(row, NAME[:3] if is_message(row) else NAME) or (
            name if is_message(row) else f"{name} {number}"
        )
        title = row.get("title") if not is_message(row) and is_text(row.get("title")) else None
        for message in said:
            text = _text(message)
            places[session] = places.get(session, 0) + 1
            if not text:
                continue
            made = {"cue": f"{_who(message)}: {text}", "session": session, "position": places[session], "source": name}
            made |= {"when": when} if (when := _when(message) or _when(row)) else {}
            made |= {"id": own} if (own := _first(message, ("id", "uuid", "message_id", "dia_id"))) else {}
            more = {"role": _who(message)} | ({"conversation": title} if title else {})
            yield (where if said == [row] else f"{where}, message {places[session]}"), made | {"metadata": more}


def _who(message: Mapping[str, Any]) -> str:
    given = next((message[name] for name in WHO if message.get(name)), "unknown")
    given = given.get("role") or given.get("name") if isinstance(given, Mapping) else given
    return str(given)


def _text(message: Mapping[str, Any]) -> str:
    """What is said, its parts one below the other."""
    found = next((message[name] for name in WHAT if message.get(name)), None)
    return "\n".join(_parts(found)).strip()


def _parts(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, list):
        for one in given:
            yield from _parts(one)
    elif isinstance(given, Mapping):
        yield from _parts(given.get("text", given.get("parts", given.get("content"))))


def _first(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    given = next((row[name] for name in names if is_text(row.get(name)) or is_number(row.get(name))), None)
    return None if given is None else str(given)


def _when(row: Mapping[str, Any]) -> str | None:
    given = next((row[name] for name in WHEN if row.get(name)), None)
    if is_number(given) and given is not None:
        try:
            return datetime.fromtimestamp(given / 1000 if given > 1e11 else given, UTC).isoformat()
        except (OverflowError, OSError, ValueError):
            return str(given)
    return given if isinstance(given, str) and is_text(given) and len(given) <= 100 else None
