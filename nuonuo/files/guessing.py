"""A guess of which column is what, from the names that stores, datasets and people use, and from the values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nuonuo.files.columns import METADATA, OWN, UNNAMED, Columns, leaf, paths, suits
from nuonuo.files.names import plain, words
from nuonuo.files.values import is_vector
from nuonuo.memory.records import is_text

TEXT = words(
    "text content page_content document chunk passage body chunk_text text_chunk document_text doc_text passage_text "
    "paragraph_text node_text page_text full_text raw_text texts contents documents chunks passages paragraph context "
    "sentence sentences snippet message utterance abstract article description note notes memory fact statement "
    "transcript summary data value"
)
ASKING = words("question query prompt input instruction front problem issue term utterance q questions frage")
ANSWERING = words("target answer response reply output completion solution resolution back a answers expected_output")
NAMES: dict[str, Sequence[str]] = {
    "id": words(
        "id _id uuid custom_id chunk_id passage_id point_id node_id id_ doc_id docid document_id corpus_id pid pk ids "
        "identifier guid key_id external_id reference_id record_id"
    ),
    "vector": words(
        "embedding vector embeddings vectors values emb text_embedding content_vector text_vector dense_vector "
        "content_embedding document_embedding chunk_embedding openai_embedding dense _vector"
    ),
    "title": words("title heading header headline subject name document_title doc_title page_title section_title"),
    "session": words(
        "session session_id conversation_id conversation thread_id thread chat_id dialogue_id dialog_id doc_id "
        "document_id parent_id ref_doc_id"
    ),
    "position": words(
        "position chunk_index chunk_number chunk_no chunk_idx chunk_order seq seq_num seq_no turn turn_index turn_id "
        "idx order ordinal offset page page_number page_no"
    ),
    "source": words(
        "source url uri link file filename file_name path file_path filepath page_url source_url permalink href "
        "document_name document_url"
    ),
    "when": words(
        "when date time timestamp datetime created_at created created_time create_time updated_at updated published "
        "published_at publish_date last_modified modified sent_at ts"
    ),
}
AROUND = METADATA | {"data", "document", "node", "record", "doc", "item", "object", "vectors", "source"}


def guess(rows: Iterable[Mapping[str, Any]]) -> Columns:
    """The columns as their names and values suggest. rows: the first of a file."""
    found = paths(rows)
    top = {plain(path): path for path in reversed(found) if "." not in path and "[" not in path}
    if "cue" in top:
        return _own(top, found)
    text = named("text", TEXT, found, anywhere=True)
    target = top.get("target")
    if text is None or leaf(text) in {"value", "data"}:
        asked = named("text", ASKING, found, anywhere=True)
        text = asked or text
        target = target or (named("target", ANSWERING, found, anywhere=True) if asked else None)
    made = Columns(text=text or _longest(found), target=target)
    for role, names in NAMES.items():
        taken = set(made.roles.values())
        left = {path: values for path, values in found.items() if path not in taken}
        made = _with(made, role, named(role, names, left, anywhere=role == "vector"))
    if made.vector is None:
        made = replace(made, vector=only_vector(found))
    return made


def _with(made: Columns, role: str, name: str | None) -> Columns:
    return replace(made, **{role: name})  # type: ignore[arg-type]


def _own(top: Mapping[str, str], found: Mapping[str, list[Any]]) -> Columns:
    """The columns of a file with `cue`: what is named as ours; an id or a vector may have another name."""
    made = Columns()
    for role, name in OWN.items():
        made = _with(made, role, top.get(name))
    if made.id is None:
        made = replace(made, id=named("id", NAMES["id"][1:7], found))
    if made.vector is None:
        made = replace(made, vector=named("vector", NAMES["vector"][1:], found))
    return made


def named(role: str, names: Sequence[str], found: Mapping[str, list[Any]], anywhere: bool = False) -> str | None:
    """The column with the first of the names whose values suit; one that lies deeper only if none lies above it."""
    for name in names:
        same = [path for path in found if leaf(path) == name and (anywhere or _is_near(path))]
        for path in sorted(same, key=lambda path: path.count(".")):
            values = [value for value in found[path] if value is not None]
            if values and all(suits(role, value) for value in values) and any(map(_is_something, values)):
                return path
    return None


def _is_near(path: str) -> bool:
    """Whether a column lies at the top, or inside what stores keep further fields in."""
    parts = path.split(".")
    return all(plain(part) in AROUND for part in parts[:-1]) and "[" not in path


def _is_something(value: Any) -> bool:
    return not (isinstance(value, str) and not value.strip())


def _longest(found: Mapping[str, list[Any]]) -> str | None:
    """The column that holds prose, where just one does: texts of three words or more on average."""
    prose = []
    for path, values in found.items():
        texts = [value for value in values if is_text(value)]
        if not texts or len(texts) < 0.9 * len(values) or UNNAMED.match(plain(path)) or is_vector(texts[0]):
            continue
        if sum(len(text.split()) for text in texts) / len(texts) >= 3 or sum(map(len, texts)) / len(texts) >= 30:
            prose.append(path)
    return prose[0] if len(prose) == 1 else None


def only_vector(found: Mapping[str, list[Any]]) -> str | None:
    """The column of lists of eight numbers or more, where just one is."""
    many = [
        path
        for path, values in found.items()
        if (some := [value for value in values if value is not None])
        and leaf(path) != "target_embedding"
        and all(is_vector(value, 8) for value in some)
    ]
    return many[0] if len(many) == 1 else None
