"""A capsule's file as a schema: which fields there are, of which type and within which bounds, checked by pydantic."""

import json
import math
import re
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from nuonuo.files.tables import short
from nuonuo.memory.records import is_text

FORMAT = 3
LARGEST_ID = 2**63 - 1  # that SQLite holds
LARGEST = 1e12  # number in a capsule
LONGEST = 10_000  # candidates, and memories: what a stranger's file may ask for
STEPS = 1_000  # update steps, and hops
MEMORIES = 2_000  # of an excerpt that nobody asked more candidates of
BYTES = 64_000_000  # of a file; 2,000 memories of 1,536 numbers take half of it
PARTS = (("{", 100_000, "objects"), ("[", 200_000, "lists"), (",", 2_000_000, "values"))  # by the sign that counts them
NAMED, FIELDS = re.compile(r'"\s*:'), 300_000  # a field takes 100 bytes and more
FAULTS = 1_000  # of a file, above which they are only counted
KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "too_short": "at least one",
    "too_long": f"at most {LONGEST:,}",
    "finite_number": f"a number of at most {LARGEST:g}",
}


def _text(value: str) -> str:
    if not is_text(value):
        raise ValueError("a text that is not blank")
    return value


Text = Annotated[str, AfterValidator(_text)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=LONGEST)]
Steps = Annotated[int, Field(ge=0, le=STEPS)]
Whole = Annotated[int, Field(ge=-LARGEST_ID, le=LARGEST_ID)]


class Part(BaseModel):
    """A part of a capsule: exactly its own fields, each of its own type, and every number finite."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class NoisePart(Part):
    """The noise on a query."""

    sigma: Number
    drop: Number
    swap: Number
    flip: Count
    seed: Whole


class AskingPart(Part):
    """How it was asked."""

    k: Count
    beta: Number
    steps: Steps
    noise: NoisePart
    whitened: bool
    hops: Steps
    separation: str
    words: Number
    links: Number
    spread: Number
    senders: Count
    relations: list[str]


class MadeWith(Part):
    """What a bank was made with."""

    encoder: str | None
    dimension: Whole
    seed: Whole
    units: Whole
    winners: Whole
    exponent: Number
    ridge: Number
    centre: bool


class WhiteningPart(Part):
    """A fitted whitening; its strength stands in `meta`."""

    n: Annotated[int, Field(ge=0, le=LARGEST_ID)]  # cues it counts as fitted on
    shrinkage: Number
    mean: str
    matrix: str | None


class AboutPart(Part):
    """Where a memory comes from."""

    title: str | None
    session: str | None
    position: Number | None
    source: str | None
    when: str | None
    own_id: str | None = None
    metadata: str | None = None


class TiePart(Part):
    """A link drawn by hand."""

    to: Whole
    weight: Annotated[float, Field(ge=0, le=LARGEST)]


class MemoryPart(Part):
    """One memory."""

    id: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    cues: Annotated[list[Text], Field(min_length=1)]
    target: Text
    about: AboutPart
    ties: list[TiePart]
    embedding: str
    cue_embeddings: str


class CapsulePart(Part):
    """A capsule as it stands in its file."""

    bank: str
    query: Text
    embedding: list[Number] | None
    asking: AskingPart
    expected: list[Whole]
    texts: list[str]
    any_of: list[Annotated[list[Whole], Field(min_length=1)]]
    own_ids: list[str] = []
    within: Count = 1
    need: Literal["all", "any"] = "all"
    verdict: str
    sentence: str
    rank: Whole | None
    verdict_here: str
    meta: MadeWith
    trace: dict[str, Any]
    whitening: WhiteningPart
    memories: Annotated[list[MemoryPart], Field(min_length=1, max_length=LONGEST)]


def parsed(text: str) -> CapsulePart:
    """A capsule's file. Raises ValueError, in one sentence that names the field, if it is something else."""
    check_size(len(text), text)
    try:
        row = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (json.JSONDecodeError, RecursionError) as reason:
        raise ValueError(f"a capsule must be JSON, got text that cannot be read: {reason}") from reason
    if not isinstance(row, dict) or (given := row.pop("format", None)) != FORMAT:
        other = f", got format {short(given)}: make it anew" if isinstance(row, dict) and given is not None else ""
        raise ValueError(f"a capsule must be a JSON object of format {FORMAT}{other}")
    try:
        return CapsulePart.model_validate(row)
    except ValidationError as reason:
        if (wrong := reason.error_count()) > FAULTS:
            raise ValueError(
                f"a capsule must have exactly its own fields, each of its own type; {wrong:,} are not"
            ) from None
        raise ValueError(_told(reason.errors(include_url=False))) from None


def check_size(size: int, text: str = "") -> None:
    """Raises ValueError if a capsule of so many bytes, or its text, holds more than any has: before it is parsed."""
    if size > BYTES:
        raise ValueError(f"a capsule must have at most {BYTES:,} bytes, got {size:,}")
    for sign, most, name in PARTS:
        if (found := text.count(sign)) > most:
            raise ValueError(f"a capsule must have at most {most:,} {name}, got {found:,}")
    if next(islice(NAMED.finditer(text), FIELDS, None), None):
        raise ValueError(f"a capsule must have at most {FIELDS:,} fields in all, got more")


def _told(errors: Sequence[ErrorDetails]) -> str:
    """What is wrong first, in a sentence."""
    first = errors[0]
    if first["type"] in {"missing", "extra_forbidden"}:
        of = first["loc"][:-1]
        names = {
            str(e["loc"][-1]) for e in errors if e["loc"][:-1] == of and e["type"] in {"missing", "extra_forbidden"}
        }
        whole = _place(of) or "a capsule"
        return f"{whole} must have exactly its own fields; wrong or missing: {', '.join(sorted(names))}"
    kind, limits = first["type"], first.get("ctx", {})
    rule = KINDS.get(kind) or {
        "greater_than_equal": f"at least {limits.get('ge', 0):,}",
        "less_than_equal": f"at most {limits.get('le', 0):,}",
        "value_error": str(limits.get("error")),
        "model_type": "an object with exactly its own fields",
    }.get(kind, first["msg"])
    return f"{_place(first['loc'])} must be {rule}, got {short(first['input'])}"


def _place(loc: Sequence[int | str]) -> str:
    """Where in the capsule: memories[0].id."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in loc).lstrip(".")


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"a capsule must hold finite numbers, got {text}")
    return float(text)
