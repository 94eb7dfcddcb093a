"""Proposals: what may mend a recall, smallest change first: the question, the settings, then the bank.

Nothing here is run; nuonuo/debug/fixes.py runs each and offers what mends.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from nuonuo.association import power, softmax
from nuonuo.debug.asking import Asking
from nuonuo.debug.checks import DUPLICATE
from nuonuo.debug.diagnosis import Diagnosis
from nuonuo.debug.queries import Question
from nuonuo.items import Item
from nuonuo.memory import Memory
from nuonuo.noise import Noise
from nuonuo.theory import beta_for_weight
from nuonuo.trace import Trace

NEAR = 0.4  # cosine from which a cue may be what a chain should have gone on to
SURE = 0.9  # first-step weight that a raised β aims at
MOST = 200.0  # β beyond which a margin counts as a tie, and to which the app goes
MOST_CANDIDATES = 100  # k beyond which more candidates are no small change
RIVALS = {"near-duplicate": "rival", "a rival wins": "rival", "code collision": "with"}  # who it is, in the evidence
Change = Callable[[Memory], object]


@dataclass(frozen=True)
class Proposal:
    """A change that may mend a recall."""

    kind: str
    words: str  # what to do
    asking: Asking  # how to ask afterwards
    change: Change | None = None  # what to do to a bank


def proposals(memory: Memory, asking: Asking, question: Question, found: Diagnosis) -> list[Proposal]:
    """What may mend a recall that was diagnosed, smallest first; nothing if nothing is wrong."""
    if not found.causes:
        return []
    if found.wanted is None:
        return [storing(asking, text) for text in question.texts]
    trace = asking.of(memory)
    return [*of_settings(memory, asking, found, trace), *of_bank(memory, asking, found, trace)]


def of_settings(memory: Memory, asking: Asking, found: Diagnosis, trace: Trace) -> Iterator[Proposal]:
    """Another way to ask the same bank."""
    assert found.wanted is not None
    s = asking.settings
    if s.noise != Noise(seed=s.noise.seed):
        yield Proposal("quiet", "Ask without noise", _set(asking, noise=Noise(seed=s.noise.seed)))
    if beta := needed_beta(trace, found.wanted):
        yield Proposal("beta", f"Raise β from {s.beta:g} to {beta:g}", _set(asking, beta=beta))
    if found.rank and s.k < found.rank <= MOST_CANDIDATES:
        yield Proposal("k", f"Raise k from {s.k} to {found.rank}", _set(asking, k=found.rank))
    if memory.meta["exponent"] or memory.meta["centre"]:
        words = "Compare plain cosines instead of whitened keys" if asking.whitened else "Whiten the keys"
        yield Proposal("whiten", words, replace(asking, whitened=not asking.whitened))
    for phi in (power(3), softmax(32)) if asking.hops else ():
        if str(phi) != str(asking.separation or power(3)):
            yield Proposal("separation", f"Separate the links by {phi}", replace(asking, separation=phi))


def of_bank(memory: Memory, asking: Asking, found: Diagnosis, trace: Trace) -> Iterator[Proposal]:
    """Another bank, asked in the same way."""
    assert found.wanted is not None
    wanted = found.wanted
    named = {cause.name: cause.evidence for cause in found.causes}
    if named.get("hop broken", {}).get("why") == "missing link" and (link := missing_link(memory, trace)):
        words = f"Store the missing link “{link.cue}” → “{link.target}”"
        yield Proposal("link", words, asking, lambda bank: bank.add_many([link]))
    rival = next((int(named[cause][who]) for cause, who in RIVALS.items() if cause in named), None)
    if "near-duplicate" not in named:  # one more cue would only tie with it
        yield teaching(asking, wanted, asking.query)
    if rival is None:
        return
    theirs = memory.get(rival)
    if memory.encoder and theirs.target not in theirs.cues[0]:
        told = f"{theirs.cues[0]} {theirs.target}"
        words = f"Rename the rival “{theirs.cues[0]}” to “{told}”"
        yield Proposal("rename", words, asking, lambda bank: bank.change(rival, cue=told))
    if "near-duplicate" in named and alike(memory, wanted, rival):
        words = f"Merge the near-duplicate “{theirs.cues[0]}” into it"
        yield Proposal("merge", words, asking, lambda bank: merge(bank, wanted, rival))
    words = f"Forget the rival “{theirs.cues[0]}”"
    yield Proposal("remove", words, asking, lambda bank: bank.forget(rival))


def needed_beta(trace: Trace, wanted: int) -> float | None:
    """The β, as a whole number, that would give a memory ranked first most of the weight; None if it is not first."""
    if trace.answer.id != wanted or len(trace.candidates) < 2:
        return None
    gap = trace.candidates[0].similarity - trace.candidates[1].similarity
    beta = beta_for_weight(gap, len(trace.candidates), SURE)
    return float(math.ceil(beta)) if trace.settings.beta < beta <= MOST else None


def teaching(asking: Asking, wanted: int, text: str) -> Proposal:
    """Let a text bring a memory back: the question itself, or a visitor's words."""
    own = asking.embedding if text == asking.query else None
    vector = None if own is None else torch.tensor(own)
    question = "the question" if text == asking.query else f"“{text}”"
    words = f"Store {question} as one more cue of the memory"
    return Proposal("teach", words, asking, lambda bank: bank.add_cue(wanted, text, vector))


def storing(asking: Asking, text: str) -> Proposal:
    """Store what was expected, with the question as its cue."""
    own = None if asking.embedding is None else torch.tensor(asking.embedding)
    item = Item(asking.query, text, (), own)
    return Proposal("store", f"Store “{text}” with the question as its cue", asking, lambda bank: bank.add_many([item]))


def missing_link(memory: Memory, trace: Trace) -> Item | None:
    """From where a chain ended to the stored cue that is nearest to it and was not met; None if none is near."""
    bank, met = memory.bank, {trace.answer.id, *(hop.id for hop in trace.hops)}
    end = memory.get(trace.hops[-1].id) if trace.hops else memory.get(trace.answer.id)
    cosine = (bank.X @ bank.T[bank.ids.index(end.id)]).tolist()
    owner = [bank.ids[position] for position in bank.owner.tolist()]
    rows = [row for row, i in enumerate(owner) if i not in met and bank.texts[row] != end.target]
    if not rows:
        return None
    row = max(rows, key=cosine.__getitem__)
    if cosine[row] < NEAR:
        return None
    return Item(end.target, bank.texts[row], (), end.embedding, bank.X[row])


def alike(memory: Memory, one: int, two: int) -> bool:
    """Whether two memories recall what is nearly the same."""
    return float(memory.get(one).embedding @ memory.get(two).embedding) >= DUPLICATE


def merge(memory: Memory, kept: int, gone: int) -> None:
    """Give one memory the other's cues, and forget the other."""
    row = memory.get(gone)
    for text, x in zip(row.cues, row.cue_embeddings, strict=True):
        if text not in memory.get(kept).cues:
            memory.add_cue(kept, text, x)
    memory.forget(gone)


def _set(asking: Asking, **changed) -> Asking:
    return replace(asking, settings=replace(asking.settings, **changed))
