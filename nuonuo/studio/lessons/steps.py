"""What a lesson is made of, and the scene a step looks at: one recall, or the toy plane, at the step's settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from nuonuo import Memory, Noise, Trace
from nuonuo.explain.attention.view import Dial, attend, dial
from nuonuo.explain.codes.raster import Raster, raster
from nuonuo.explain.toys.plane import Toy, toy
from nuonuo.maths.association import SEPARATIONS
from nuonuo.maths.codes import projection
from nuonuo.memory.asking import Asking
from nuonuo.studio.plane.drawing import read
from nuonuo.studio.shell import state

Values = Mapping[str, Any]  # shared values of the pages; `want` may be given as the cue of the memory that is meant


@dataclass(frozen=True)
class Scene:
    """A bank asked with some values of the pages: what the page shows at them."""

    memory: Memory
    values: Values

    @cached_property
    def _all(self) -> dict[str, Any]:
        return state.defaults() | dict(self.values)

    @property
    def want(self) -> int | None:
        """The memory that is meant."""
        meant = self.values.get("want")
        return meant if not isinstance(meant, str) else find(self.memory, meant)

    @cached_property
    def asking(self) -> Asking:
        """How it is asked."""
        v = self._all
        noise = Noise(sigma=v["sigma"], drop=v["drop"], seed=v["seed"])
        asked = Asking(v["k"], v["beta"], v["steps"], noise, v["whiten"], separation=str(SEPARATIONS[v["sep"]]))
        return replace(asked, words=v["words"], links=v["links"], spread=v["spread"])

    @cached_property
    def trace(self) -> Trace:
        """The recall."""
        return self.memory.recall(self.values["q"], self.asking)

    @cached_property
    def chain(self) -> Trace:
        """The recall followed by its hops."""
        return self.memory.recall(self.values["q"], self.asking, hops=self.values.get("hops", 6))

    @cached_property
    def toy(self) -> Toy:
        """The plane."""
        v = self._all
        return toy(read(v["toy"]), read(v["toy_query"])[0], v["toy_beta"])

    @cached_property
    def dial(self) -> Dial:
        """The attention over all memories, not only over the candidates."""
        bank = self.memory.bank if self.asking.whitened else self.memory.bank.unwhitened()
        seen = attend(bank, self.trace.key[None], self.asking.beta)
        return dial(seen.similarity[0], bank.d, self.asking.beta)

    @cached_property
    def codes(self) -> Raster:
        """The codes of the recall."""
        v, own = self._all, self.memory.settings
        P = projection(self.memory.dimension, v["units"], own.seed, str(self.memory.device))
        return raster(self.trace, P, v["winners"], self.want)


@dataclass(frozen=True)
class Told:
    """What happened: which of the choices was right, and the executed numbers in a sentence or two of Markdown."""

    sentence: str
    right: int = 0


@dataclass(frozen=True)
class Step:
    """One step: where it looks, what it says, what it asks, and what is then changed and told."""

    page: str  # stem of the page's file
    text: str  # terms as [[what is read|what it lights up]]: names of widgets, figures or parts of them
    told: Callable[[Scene, Scene], Told]  # of the scene before the prediction and of the one after it
    start: Values = field(default_factory=dict)  # beyond the lesson's own
    question: str = ""  # "" asks nothing
    choices: tuple[str, ...] = ()
    then: Values = field(default_factory=dict)  # what changes when the prediction is made
    seconds: float = 12  # where the lesson runs by itself


@dataclass(frozen=True)
class Lesson:
    """A walk through the pages."""

    name: str  # in the address
    title: str
    about: str
    start: Values  # of every step, beyond the defaults
    steps: tuple[Step, ...]

    def before(self, number: int) -> dict[str, Any]:
        """The shared values with which step `number`, from 1, begins."""
        return {"bank": "facts"} | dict(self.start) | dict(self.steps[number - 1].start)

    def after(self, number: int) -> dict[str, Any]:
        """The shared values after its prediction."""
        return self.before(number) | dict(self.steps[number - 1].then)


def find(memory: Memory, cue: str) -> int | None:
    """The id of the memory whose first cue begins so."""
    return next((row.id for row in memory if row.cues[0].startswith(cue)), None)


def nth(values: list[float], low: float, high: float) -> int:
    """0 below `low`, 1 below `high`, else 2: which of three choices the last of `values` makes right."""
    return 0 if values[-1] < low else 1 if values[-1] < high else 2
