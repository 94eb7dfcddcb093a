"""Trace: the one record of what a recall did.

Every intermediate by name, the settings and seed that produced it, how long each stage took, and the plain nearest
neighbour beside it. Figures draw it, pages explain it; nothing downstream computes again what it holds.
"""

import json
from dataclasses import asdict, dataclass, field, fields

import torch
from torch import Tensor

from nuonuo.noise import Noise

FORMAT = 1


@dataclass(frozen=True)
class Settings:
    """What a recall was asked to do; every number that shapes it."""

    k: int = 20  # candidates
    beta: float = 32.0  # inverse temperature of settling
    steps: int = 3  # settling updates
    noise: Noise = field(default_factory=Noise)


@dataclass(frozen=True)
class Candidate:
    """One memory as this recall saw it."""

    id: int
    cue: str  # the stored cue that matched best
    target: str
    similarity: float  # whitened dot product with the query
    cosine: float  # of the plain embeddings
    weight: float  # first-step attention among the candidates


@dataclass(frozen=True)
class Recalled:
    """One hop, with the memories it met by id and text."""

    id: int
    target: str
    cosine: float  # of the code that came out to the stored target's
    confidence: float  # cosine of the code that went in to the best stored cue
    runner_up: int | None
    runner_up_target: str | None
    runner_up_cosine: float

    @property
    def margin(self) -> float:
        """Cosine lead over the runner-up: near 0 is ambiguous."""
        return self.cosine - self.runner_up_cosine


@dataclass(frozen=True)
class Trace:
    """One recall over a bank of embeddings of size d. T updates over c candidates."""

    query: str | None  # as asked; None if an embedding was given
    noisy_query: str | None  # after words were dropped or swapped
    settings: Settings
    bank: dict  # name, encoder, dimension, memories, seed, exponent, ridge, fitted_on, units, winners
    embedding: Tensor  # (d,) of the noisy text, before Gaussian noise
    probe: Tensor  # (d,) after it
    key: Tensor  # (d,) whitened probe: ξ at step 0
    candidates: tuple[Candidate, ...]  # best first
    X: Tensor  # (c, d) the candidates' keys, in the same order
    similarity: Tensor  # (c,) whitened
    xi: Tensor  # (T+1, d) states
    p: Tensor  # (T, c) weights
    energy: Tensor  # (T+1,)
    nearest: Candidate  # plain cosine's answer over all memories; its weight is 0 when it is no candidate
    code: Tensor | None  # (winners,) code of the settled state; None if no hop was asked for
    code_margin: float | None
    hops: tuple[Recalled, ...]
    separation: str | None
    stop: str | None  # why the hops ended
    milliseconds: dict[str, float]

    @property
    def answer(self) -> Candidate:
        """The memory recalled: the one with the largest first-step attention."""
        return self.candidates[0]

    def rank(self, memory: int) -> int | None:
        """1 for the answer; None if the memory is not among the candidates."""
        return next((place for place, c in enumerate(self.candidates, 1) if c.id == memory), None)

    def to_json(self) -> str:
        """The whole trace as JSON text; `from_json` gives it back equal."""
        row = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, Tensor):
                value = value.tolist()
            elif f.name in {"settings", "nearest"}:
                value = asdict(value)
            elif f.name in {"candidates", "hops"}:
                value = [asdict(each) for each in value]
            row[f.name] = value
        return json.dumps({"format": FORMAT, **row}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "Trace":
        """Read what `to_json` wrote. Raises ValueError if it is something else."""
        try:
            row = json.loads(text)
        except json.JSONDecodeError as reason:
            raise ValueError(f"a trace must be JSON, got text that breaks at line {reason.lineno}") from reason
        if not isinstance(row, dict) or row.pop("format", None) != FORMAT:
            raise ValueError(f"a trace must be a JSON object of format {FORMAT}")
        missing = {f.name for f in fields(Trace)} ^ set(row)
        if missing:
            raise ValueError(
                f"a trace must have exactly its own fields; wrong or missing: {', '.join(sorted(missing))}"
            )
        try:
            return Trace(**read_fields(row))
        except (AttributeError, KeyError, TypeError, ValueError) as reason:
            raise ValueError(
                f"a trace must hold what to_json wrote, got a field that cannot be read: {reason}"
            ) from reason


def read_fields(row: dict) -> dict:
    """The fields of a Trace from their JSON."""
    for name in ("embedding", "probe", "key", "X", "similarity", "xi", "p", "energy"):
        row[name] = torch.tensor(row[name], dtype=torch.float32)
    row["code"] = None if row["code"] is None else torch.tensor(row["code"], dtype=torch.int32)
    row["settings"] = Settings(**{**row["settings"], "noise": Noise(**row["settings"]["noise"])})
    row["nearest"] = Candidate(**row["nearest"])
    row["candidates"] = tuple(Candidate(**each) for each in row["candidates"])
    row["hops"] = tuple(Recalled(**each) for each in row["hops"])
    return row
