"""Options of the command line that are settings of an experiment: words to values of the type that it takes."""

from typing import Annotated, Any, get_args, get_origin

import typer

Words = Annotated[float, typer.Option(help="Weight of shared words (BM25); 0 asks without them.")]
Links = Annotated[float, typer.Option(help="Weight of what links bring (γ); 0 sends nothing over them.")]
Relations = Annotated[
    str,
    typer.Option(
        help="Kinds of link to send over, with commas between: sequence, mention, reference, target, by hand."
    ),
]
ALL = "all"
WORDS, LINKS = 0.5, 12.0  # of Asking, whose module would load torch


def options(words: list[str], switches: set[str]) -> dict[str, str]:
    """Options --name value, --name=value, or --name alone, by name; a word that belongs to none is the file.

    switches: options that take no other value than true or false. Raises ValueError for a second such word.
    """
    found: dict[str, str] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            name = name.replace("-", "_")
            found[name] = value
        elif name and not found[name] and (name not in switches or word.lower() in {"true", "false"}):
            found[name] = word
        elif "file" in found:
            raise ValueError(f"an option must be --name value, got {word!r}")
        else:
            found["file"] = word
    return found


def setting(name: str, text: str, kind: Any) -> Any:
    """An option's value as the type that the experiment takes. Raises ValueError if it is another."""
    kinds = {kind, *get_args(kind)}
    if get_origin(kind) is tuple:
        return tuple(setting(name, part, get_args(kind)[0]) for part in text.split(","))
    if bool in kinds:
        if text.lower() not in {"", "true", "false"}:
            raise ValueError(f"--{dashed(name)} must be true or false, got {text!r}")
        return text.lower() != "false"
    if not text:
        raise ValueError(f"--{dashed(name)} needs a value")
    for type_, what in ((int, "a whole number"), (float, "a number")):
        if type_ in kinds:
            try:
                return type_(text)
            except ValueError as reason:
                raise ValueError(f"--{dashed(name)} must be {what}, got {text!r}") from reason
    return text


def dashed(name: str) -> str:
    """A setting's name as an option."""
    return name.replace("_", "-")


def terms(words: float, links: float, relations: str) -> dict[str, Any]:
    """Options --words, --links and --relations as fields of Asking. Raises ValueError for an unknown kind."""
    from nuonuo.memory.joining import Relation

    if relations == ALL:
        return {"words": words, "links": links}
    named = [part.strip() for part in relations.split(",")]
    if unknown := [name for name in named if name not in set(Relation)]:
        raise ValueError(f"--relations must be among {', '.join(Relation)}, got {unknown[0]!r}")
    return {"words": words, "links": links, "relations": tuple(map(Relation, named))}
