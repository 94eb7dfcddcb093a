"""The experiments by name: what each asks, and which fields of its rows answer.

Every experiment is a module of this package whose `run(..., seed, progress)` gives flat rows. `system` names who was
measured, `low` and `high` bound the value's 95% interval.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Experiment:
    """One experiment."""

    name: str  # of its module and its command
    question: str
    x: str  # the row field along the axis
    value: str  # the row field that answers
    x_label: str
    value_label: str
    split: str | None = None  # a row field that makes charts of their own
    log_x: bool = False
    log_value: bool = False
    higher_is_better: bool = True
    mark: str | None = None  # a row field that is a place on the axis of its chart
    mark_label: str = ""


EXPERIMENTS = (
    Experiment(
        "backgrounds",
        "Which memories still find the right one among thousands of others?",
        x="backgrounds",
        value="recall",
        x_label="background memories",
        value_label="recall",
        split="queries",  # kind of background and of query, as in "templated, paraphrase"
    ),
    Experiment(
        "noise",
        "How much damage to a question does each memory forgive?",
        x="amount",
        value="recall",
        x_label="damage",
        value_label="recall",
        split="damage",  # σ, flipped winners, dropped words
    ),
    Experiment(
        "capacity",
        "How many memories fit?",
        x="memories",
        value="recall",
        x_label="stored memories N",
        value_label="recall",
        split="patterns",  # real text, or random of dimension d
        log_x=True,
        mark="capacity",
        mark_label="2^(d/2)",
    ),
    Experiment(
        "chains",
        "How far does a chain of links carry?",
        x="hop",
        value="cosine",
        x_label="hop",
        value_label="mean cosine to the right code",
        split="links",
    ),
    Experiment(
        "cues",
        "What do further cues for the same memory buy?",
        x="k",
        value="recall",
        x_label="recall at k",
        value_label="recall",
        split="data",
    ),
    Experiment(
        "encoders",
        "Does the gap between right and wrong explain which encoder recalls best?",
        x="gap",
        value="recall",
        x_label="discrimination gap (right − best wrong)",
        value_label="recall",
        split="data",
    ),
    Experiment(
        "latency",
        "How does the time of a recall grow with what is stored?",
        x="memories",
        value="ms",
        x_label="stored memories N",
        value_label="ms per recall",
        log_x=True,
        log_value=True,
        higher_is_better=False,
    ),
)


def experiment(name: str) -> Experiment:
    """The experiment called `name`. Raises ValueError if there is none."""
    for one in EXPERIMENTS:
        if one.name == name:
            return one
    raise ValueError(f"there is no experiment {name!r}: choose {', '.join(e.name for e in EXPERIMENTS)}")
