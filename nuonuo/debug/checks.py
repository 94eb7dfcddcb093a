"""Checks: each looks for one cause of a missed recall, in its Trace and its bank, and says it with numbers."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch

from nuonuo import chains, codes
from nuonuo.bank import Bank
from nuonuo.index import of_memories
from nuonuo.memory import Memory
from nuonuo.noise import Noise
from nuonuo.theory import effective_number
from nuonuo.trace import Candidate, Trace

DUPLICATE = 0.95  # cosine of two cues from which they are one question to an encoder
FEW, BACKGROUND = 5, 0.05  # memories, and share of all, that may be as close as one that is related
WHOLE = 0.5  # first-step weight below which an answer is a blend
SHARED = 0.5  # share of a code's units in another memory's code from which they collide
ENDED = ("end of chain", "confidence")  # how a trace says that a chain stopped before all hops were done
SIGMAS, SEEDS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0), 12  # of a memory's basin


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong, with its numbers."""

    name: str
    sentence: str
    evidence: dict[str, float | int | str]


@dataclass(frozen=True)
class Case:
    """What every check looks at."""

    memory: Memory
    trace: Trace
    wanted: int
    meant: frozenset[int]
    rank: int

    @property
    def bank(self) -> Bank:
        """The bank whose keys the recall compared."""
        return bank_of(self.memory, self.trace)

    @property
    def first(self) -> bool:
        """Whether the wanted memory was recalled."""
        return self.rank == 1

    @property
    def mine(self) -> Candidate | None:
        """The wanted memory among the candidates."""
        return next((c for c in self.trace.candidates if c.id == self.wanted), None)

    @property
    def rival(self) -> Candidate | None:
        """The best candidate that was not meant."""
        return next((c for c in self.trace.candidates if c.id not in self.meant), None)

    @property
    def similarity(self) -> float:
        """Of the wanted memory's best cue."""
        return self._best(self.bank.keys @ self.trace.key)

    @property
    def cosine(self) -> float:
        """Of the wanted memory's best cue, before whitening."""
        return self._best(self.bank.X @ self.trace.probe)

    def row_of(self, memory: int) -> int:
        """The cue row by which a memory answers."""
        rows = (self.bank.owner == self.bank.ids.index(memory)).nonzero()[:, 0]
        return int(rows[(self.bank.keys[rows] @ self.trace.key).argmax()])

    def _best(self, score: torch.Tensor) -> float:
        return float(score[self.bank.owner == self.bank.ids.index(self.wanted)].max())


def whitened(memory: Memory, trace: Trace) -> bool:
    """Whether a recall compared the bank's whitened keys, and not the embeddings themselves."""
    return all(trace.bank[name] == memory.meta[name] for name in ("exponent", "centre"))


def bank_of(memory: Memory, trace: Trace) -> Bank:
    """The bank whose keys a recall compared."""
    return memory.bank if whitened(memory, trace) else memory.bank.unwhitened()


def beyond_noise(case: Case) -> Cause | None:
    """The query was damaged, and undamaged it is right."""
    noise = case.trace.settings.noise
    if case.first or noise == Noise(seed=noise.seed):
        return None
    s, trace = case.trace.settings, case.trace
    whole = trace.query is None or trace.noisy_query in {None, trace.query}  # no word of it was damaged
    asked = trace.embedding if whole or trace.query is None else trace.query
    clean = case.memory.recall(asked, s.k, s.beta, s.steps, whitened=whitened(case.memory, trace))
    if clean.answer.id not in case.meant:
        return None
    curve = basin(case.memory, clean, case.meant)
    borne = max((sigma for sigma, share in curve.items() if share >= 0.5), default=None)
    bears = f"in most draws it bears σ = {borne:g}" if borne else f"it bears not even σ = {min(curve):g} in most draws"
    what = "The words that were left out or swapped carry" if not noise.sigma else "The noise carries"
    sentence = f"{what} the query out of this memory's basin: undamaged it is recalled, and {bears}."
    return Cause(
        "noise beyond the basin", sentence, {f"recall at σ {sigma:g}": share for sigma, share in curve.items()}
    )


def basin(memory: Memory, clean: Trace, meant: Collection[int]) -> dict[float, float]:
    """The share of seeded draws that recall what was meant, by σ."""
    return {
        sigma: sum(_ask(memory, clean, Noise(sigma=sigma, seed=seed)).answer.id in meant for seed in range(SEEDS))
        / SEEDS
        for sigma in SIGMAS
    }


def _ask(memory: Memory, clean: Trace, noise: Noise) -> Trace:
    s = clean.settings
    return memory.recall(clean.embedding, s.k, s.beta, 1, noise, whitened=whitened(memory, clean))


def ambiguous(case: Case) -> Cause | None:
    """Another memory answers to what is nearly the same cue."""
    rival = case.rival
    if case.first or rival is None:
        return None
    bank, mine, theirs = case.bank, case.row_of(case.wanted), case.row_of(rival.id)
    cosine = float(bank.X[mine] @ bank.X[theirs])
    if cosine < DUPLICATE:
        return None
    sentence = (
        f"“{bank.texts[theirs]}” is stored, nearly the same cue as “{bank.texts[mine]}” (cosine {cosine:.3f}): to the "
        "encoder they are one question."
    )
    return Cause("near-duplicate", sentence, {"rival": rival.id, "cosine": cosine})


def unrelated(case: Case) -> Cause | None:
    """The wanted memory is no more like the query than many memories are."""
    if case.first:
        return None
    bank, n = case.bank, len(case.bank.ids)
    others = of_memories(bank.X @ case.trace.probe, bank.owner, n)
    alike = int((others >= case.cosine).sum()) - 1
    if min(alike, case.rank - 1) <= max(FEW, BACKGROUND * n):
        return None
    who = "The encoder sees" if case.memory.encoder else "The embeddings show"
    sentence = f"{who} no relation: cosine {case.cosine:.2f}, and {alike:,} of {n:,} memories are at least as close."
    return Cause("no relation seen", sentence, {"cosine": case.cosine, "as close": alike, "memories": n})


def outside(case: Case) -> Cause | None:
    """It is not among the k candidates."""
    if case.mine:
        return None
    last = case.trace.candidates[-1].similarity
    lacks = last - case.similarity
    k = case.trace.settings.k
    below = f"at rank {case.rank:,}, {lacks:.3f} of similarity below the last of them"
    sentence = f"It is not among the {k} candidates: it comes {below}."
    return Cause("not a candidate", sentence, {"rank": case.rank, "k": k, "lacks": lacks})


def outdone(case: Case) -> Cause | None:
    """A rival is more similar."""
    rival = case.rival
    if case.first or rival is None:
        return None
    lead = rival.similarity - case.similarity
    words = shared_words(case.trace.query or "", rival.cue)
    quoted = ", ".join(f"“{word}”" for word in words)
    common = f"; question and rival share {quoted}" if words else ""
    sentence = f"“{rival.cue}” wins by {lead:.3f} of similarity{common}."
    return Cause("a rival wins", sentence, {"rival": rival.id, "lead": lead, "shared": ", ".join(words)})


def shared_words(query: str, cue: str) -> list[str]:
    """Words of four letters and more that both have."""
    theirs = {word.strip(".,;:!?\"'()").lower() for word in cue.split()}
    mine = (word.strip(".,;:!?\"'()").lower() for word in query.split())
    return list(dict.fromkeys(word for word in mine if len(word) > 3 and word in theirs))


def left_basin(case: Case) -> Cause | None:
    """Recalled first, but settling went elsewhere."""
    if not case.first:
        return None
    best = case.trace.p.argmax(1).tolist()  # of each step
    away = next((t for t, place in enumerate(best, 1) if case.trace.candidates[place].id not in case.meant), None)
    if away is None:
        return None
    other = case.trace.candidates[best[-1]]
    sentence = f"Ranked first, but from update {away} on settling moves away, to “{other.cue}”."
    return Cause("settled elsewhere", sentence, {"step": away, "ended at": other.id})


def blend(case: Case) -> Cause | None:
    """Recalled first, with too little of the attention."""
    if not case.first or case.trace.answer.weight >= WHOLE:
        return None
    number = float(effective_number(case.trace.p[0]))
    weight, beta = case.trace.answer.weight, case.trace.settings.beta
    sentence = f"A blend of about {number:.1f} memories: it has {weight:.0%} of the attention at β = {beta:g}."
    return Cause("blend", sentence, {"memories": number, "weight": weight, "beta": beta})


def broken_hop(case: Case) -> Cause | None:
    """A hop of the chain does not land where its link leads."""
    if case.trace.code is None:
        return None
    step = chains.follow(case.bank, case.trace, max(1, len(case.trace.hops))).broken
    ended = (case.trace.stop or "").startswith(ENDED)
    if step is None and not ended:
        return None
    if step is None or step.right is None or step.recalled is None:
        number = step.number if step else len(case.trace.hops) + 1
        before = f"hop {number - 1}" if number > 1 else "the answer"
        sentence = f"No stored link leads on from {before}: {case.trace.stop}."
        return Cause("hop broken", sentence, {"hop": number, "why": "missing link"})
    away = f"lands on “{step.recalled.target}” instead of “{step.right.target}”"
    how = f"comes out at cosine {step.recalled.cosine:.2f}" if step.same else away
    sentence = f"Hop {step.number} {how}: crosstalk between links."
    return Cause("hop broken", sentence, {"hop": step.number, "why": "crosstalk", "cosine": step.recalled.cosine})


def collision(case: Case) -> Cause | None:
    """Its code shares most of its units with another memory's, and the first hop suffers from it."""
    if case.trace.code is None or not case.trace.hops:
        return None
    landed = case.trace.hops[0]
    if landed.id in case.meant and landed.cosine >= chains.HELD:
        return None
    bank, links, row = case.bank, case.bank.links(), case.row_of(case.wanted)
    overlap = codes.overlap(links.cues[row], links.cues).clone()
    overlap[bank.owner == bank.owner[row]] = 0
    most = int(overlap.argmax())
    if float(overlap[most]) < SHARED:
        return None
    (other,) = bank.of_rows(torch.tensor([most]))
    units = round(float(overlap[most]) * links.cues.shape[1])
    sentence = f"Its code shares {units} of {links.cues.shape[1]} units with that of “{other.cues[0]}”."
    return Cause("code collision", sentence, {"units": units, "with": other.id})


CHECKS: tuple[Callable[[Case], Cause | None], ...] = (
    beyond_noise,
    ambiguous,
    unrelated,
    outside,
    outdone,
    left_basin,
    blend,
    collision,
    broken_hop,
)
