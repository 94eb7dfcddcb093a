"""Trace: the one record of what a recall did.

Every intermediate by name, the settings and seed that produced it, how long each stage took, and the plain nearest
neighbour beside it. Figures draw it, pages explain it; nothing downstream computes again what it holds.
"""

import json
from dataclasses import asdict, dataclass, fields
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from nuonuo.maths.spreading import Standard
from nuonuo.memory.asking import Asking
from nuonuo.memory.joining import Relation
from nuonuo.memory.noise import Noise
from nuonuo.memory.outcome import Outcome, outcome

FORMAT = 3
TENSORS = ("embedding", "probe", "key", "X", "similarity", "xi", "p", "energy")  # fields of real numbers


@dataclass(frozen=True)
class BankFacts:
    """What of a bank shaped its recalls."""

    name: str
    memories: int
    cues: int  # paraphrases included
    encoder: str | None  # None: ready-made embeddings
    dimension: int  # d
    seed: int  # of the projection
    units: int  # D of the codes
    winners: int  # k of the codes
    exponent: float  # of the whitening
    ridge: float
    centre: bool
    fitted_on: int  # cues that the whitening was fitted on
    shrinkage: float


@dataclass(frozen=True)
class Sender:
    """A memory whose link brought attention to a candidate."""

    id: int
    cue: str
    title: str | None
    relation: Relation
    attention: float  # a: 1 for the memory that is first by meaning and words
    weight: float  # of the link, in P


@dataclass(frozen=True)
class Candidate:
    """One memory as this recall saw it. It is ranked by the sum of meaning, words and association."""

    id: int
    cue: str  # the stored cue that matched best
    target: str
    similarity: float  # whitened dot product with the query
    cosine: float  # of the plain embeddings
    weight: float  # first-step attention among the candidates
    bm25: float
    meaning: float  # z(similarity)
    words: float  # w·BM25
    association: float  # γ·Pᵀa
    senders: tuple[Sender, ...]  # whose links brought the association, most first
    title: str | None

    @property
    def total(self) -> float:
        """S = meaning + words + association."""
        return self.meaning + self.words + self.association

    def share(self, sender: Sender) -> float:
        """The share of the association that a sender's link brought."""
        return sender.attention * sender.weight / sum(one.attention * one.weight for one in self.senders)


@dataclass(frozen=True)
class Terms:
    """What the similarities of all stored cues were standardised by, how many links could carry attention, and how the
    candidates were looked for."""

    similarity: Standard
    links: int
    exact: bool = True  # whether all cues were compared, and not the few thousand that a coarse look found


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


@dataclass(frozen=True, repr=False)
class Trace:
    """One recall over a bank of embeddings of size d. T updates over c candidates."""

    query: str | None  # as asked; None if an embedding was given
    noisy_query: str | None  # after words were dropped or swapped
    asking: Asking
    bank: BankFacts
    embedding: Float[Tensor, " d"]  # of the noisy text, before Gaussian noise
    probe: Float[Tensor, " d"]  # after it
    key: Float[Tensor, " d"]  # whitened probe: ξ at step 0
    candidates: tuple[Candidate, ...]  # best first
    X: Float[Tensor, "c d"]  # the candidates' keys, in the same order
    similarity: Float[Tensor, " c"]  # whitened
    xi: Float[Tensor, "T_plus_1 d"]  # states
    p: Float[Tensor, "T c"]  # weights
    energy: Float[Tensor, " T_plus_1"]
    terms: Terms
    nearest: Candidate  # plain cosine's answer over all memories; its weight is 0 when it is no candidate
    lexical: Candidate | None  # BM25's answer, likewise; None if no word of the query stands in a cue
    code: Int[Tensor, " winners"] | None  # code of the settled state; None if no hop was asked for
    code_margin: float | None
    hops: tuple[Recalled, ...]
    stop: str | None  # why the hops ended
    milliseconds: dict[str, float]

    @property
    def answer(self) -> Candidate:
        """The memory ranked first: by meaning and words, since links never take its place."""
        return self.candidates[0]

    @property
    def attended(self) -> Candidate:
        """The candidate with the largest first-step attention: the first by similarity alone."""
        return max(self.candidates, key=lambda c: c.weight)

    @property
    def held(self) -> bool:
        """Whether links would have put another memory first, had the first not kept its place."""
        return self.answer.total < max(c.total for c in self.candidates)

    @cached_property
    def outcome(self) -> Outcome:
        """The memory ranked first and where the state comes to rest: what every page says was recalled."""
        return outcome(self.p[0], self.X, self.xi[-1], self.asking.beta)

    @property
    def resting(self) -> Candidate:
        """The candidate that leads where the state comes to rest."""
        return self.candidates[self.outcome.rest.lead]

    def __repr__(self) -> str:
        asked = self.query if self.query is None else repr(self.query)
        first, rest = self.answer, self.outcome.rest
        return f"Trace(query={asked}, answer={first.target!r}, weight={first.weight:.3f}, at_rest={rest.kind.value!r})"

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
            elif f.name in {"asking", "bank", "terms", "nearest", "lexical"}:
                value = value and asdict(value)
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
        return Trace.from_row(row)

    @staticmethod
    def from_row(row: object) -> "Trace":
        """The trace of what `json.loads` makes of `to_json`; row is left as it is. Raises ValueError likewise."""
        if not isinstance(row, dict) or row.get("format") != FORMAT:
            raise ValueError(f"a trace must be a JSON object of format {FORMAT}")
        row = {name: value for name, value in row.items() if name != "format"}
        missing = {f.name for f in fields(Trace)} ^ set(row)
        if missing:
            raise ValueError(
                f"a trace must have exactly its own fields; wrong or missing: {', '.join(sorted(missing))}"
            )
        try:
            return Trace(**read_fields(row))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RuntimeError) as reason:
            raise ValueError(
                f"a trace must hold what to_json wrote, got a field that cannot be read: {reason}"
            ) from reason


def read_fields(row: dict) -> dict:
    """The fields of a Trace from their JSON."""
    for name in TENSORS:
        row[name] = torch.tensor(row[name], dtype=torch.float32)
    row["code"] = None if row["code"] is None else torch.tensor(row["code"], dtype=torch.int32)
    row["asking"] = Asking(**{**row["asking"], "noise": Noise(**row["asking"]["noise"])})
    row["bank"] = BankFacts(**row["bank"])
    row["terms"] = Terms(**{**row["terms"], "similarity": Standard(**row["terms"]["similarity"])})
    row["nearest"] = read_candidate(row["nearest"])
    row["lexical"] = row["lexical"] and read_candidate(row["lexical"])
    row["candidates"] = tuple(map(read_candidate, row["candidates"]))
    row["hops"] = tuple(Recalled(**each) for each in row["hops"])
    return row


def read_candidate(row: dict) -> Candidate:
    """A candidate from its JSON."""
    senders = (Sender(**{**one, "relation": Relation(one["relation"])}) for one in row["senders"])
    return Candidate(**{**row, "senders": tuple(senders)})
