"""The JSON trace of somebody's own pipeline: a query, its stages in order with their results, and what was expected.

Checked by pydantic; docs/pipeline-trace.md says the same in words, and assets/examples holds examples.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from nuonuo.files.tables import check_file, short

FORMAT = 1
KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "model_type": "an object",
    "string_too_short": "a text that is not empty",
    "finite_number": "a finite number",
    "literal_error": "one of those there are",
}


def _id(value: object) -> object:
    """A whole number is taken for the text of it."""
    return str(value) if type(value) is int else value


Name = Annotated[str, Field(min_length=1)]
Id = Annotated[str, BeforeValidator(_id), Field(min_length=1)]


class Part(BaseModel):
    """A part of a trace: exactly its own fields, each of its own type."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class Result(Part):
    """One document of a stage."""

    id: Id
    score: float | None = None  # in the stage's own unit


class Stage(Part):
    """One step of a pipeline: what it ranked, best first, and how many of those it hands on."""

    name: Name
    results: list[Result]  # as many as are known: what stands beyond the cut tells by how much it was missed
    cut: Annotated[int, Field(ge=1)] | None = None  # hands on the first so many; null: all of its results
    better: Literal["higher", "lower"] = "higher"  # which scores are better: lower of distances


class Pipeline(Part):
    """One query as a pipeline answered it."""

    format: Literal[1] = 1
    query: Name
    query_id: Id | None = None
    expected: Annotated[list[Id], Field(min_length=1)]  # ids, each of which should come out at the end
    stages: Annotated[list[Stage], Field(min_length=1)]  # in the order in which they run


def read_pipelines(path: str | Path) -> list[Pipeline]:
    """The traces of a file: one JSON object, a list of them, or one a line.

    Raises ValueError naming the file, the place and what would be right.
    """
    path = Path(path)
    check_file(path)
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise ValueError(f"{path} must be UTF-8 text, but byte {reason.start + 1} is not") from reason
    try:
        given = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as reason:
        try:
            given = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (json.JSONDecodeError, RecursionError):
            raise ValueError(f"{path} must be a pipeline trace in JSON: {reason}") from reason
    several = given if isinstance(given, list) else [given]
    if not several:
        raise ValueError(f"{path} holds no pipeline trace")
    made = []
    for number, one in enumerate(several, 1):
        where = f"{path}, trace {number}" if isinstance(given, list) else str(path)
        try:
            made.append(parsed(one))
        except ValueError as reason:
            raise ValueError(f"{where}: {reason}") from None
    return made


def parsed(given: object) -> Pipeline:
    """A trace from what JSON holds. Raises ValueError, in a sentence that names the field, if it is something else."""
    try:
        made = Pipeline.model_validate(given)
    except ValidationError as reason:
        raise ValueError(_told(reason.errors(include_url=False))) from None
    twice = next((i for n, i in enumerate(made.expected) if i in made.expected[:n]), None)
    if twice is not None:
        raise ValueError(f"expected must name each id once, and names “{twice}” twice")
    names = [stage.name for stage in made.stages]
    if len({*names}) < len(names):
        again = next(name for n, name in enumerate(names) if name in names[:n])
        raise ValueError(f"stages must each have a name of its own, and two are called “{again}”")
    for number, stage in enumerate(made.stages):
        _check(stage, f"stages[{number}] “{stage.name}”")
    return made


def _check(stage: Stage, where: str) -> None:
    """Raises ValueError if a document comes twice or the scores contradict the order."""
    seen: set[str] = set()
    last: float | None = None
    for number, result in enumerate(stage.results):
        if result.id in seen:
            raise ValueError(f"{where}: results must name each id once, and name “{result.id}” twice")
        seen.add(result.id)
        if result.score is None:
            continue
        rises = last is not None and (result.score > last if stage.better == "higher" else result.score < last)
        if rises:
            right = "fall" if stage.better == "higher" else "rise"
            other = "lower" if stage.better == "higher" else "higher"
            raise ValueError(
                f"{where}: results must stand best first, so scores {right} or stay, but results[{number}] has "
                f'{result.score:g} after {last:g}; where {other} scores are better, say "better": "{other}"'
            )
        last = result.score


def _told(errors: Sequence[ErrorDetails]) -> str:
    """What is wrong first, in a sentence."""
    first = errors[0]
    place = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in first["loc"]).lstrip(".")
    if first["type"] == "missing":
        return f"{place} is missing"
    if first["type"] == "extra_forbidden":
        return f"{place} is no field of a trace; docs/pipeline-trace.md lists those there are"
    limits = first.get("ctx", {})
    kind = first["type"]
    rule = {
        "too_short": "a list with at least one entry",
        "greater_than_equal": f"at least {limits.get('ge', 1)}",
        "literal_error": str(limits.get("expected", "")),
    }.get(kind) or KINDS.get(kind, first["msg"])
    return f"{place or 'a trace'} must be {rule}, got {short(first['input'])}"
