"""The simulations of the spiking page, each made once for the same numbers and the same embeddings.

They are many small products, on which two threads lose: each runs on one, and leaves the other core to other visitors.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from nuonuo.explain.spiking import encoder as spikes
from nuonuo.explain.spiking import lif, sampler
from nuonuo.explain.spiking.encoder import Comparison
from nuonuo.explain.spiking.lif import Run, Sweep
from nuonuo.explain.spiking.problem import Problem
from nuonuo.explain.spiking.sampler import Votes
from nuonuo.lab import spiking as lab
from nuonuo.lab.spiking import one_thread
from nuonuo.studio.shell import banks

LONGEST, SPIKES, REPEATS = 64, 1024, 8  # T of the codes; spikes of a vote, and how often it is repeated
GAINS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
LEAKS = (0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
cached: Callable[..., Callable] = st.cache_resource(max_entries=12, show_spinner=False)  # by content: nobody's alone


@dataclass(frozen=True)
class Documented:
    """The pairs on which the failure is documented, and near-duplicates."""

    five: Problem
    ten: Problem
    near: Tensor  # (100, 384)
    cues: tuple[str, ...]  # of the ten
    asked: str  # the first of the ten questions


def digest(*tensors: Tensor) -> str:
    """What tells these numbers from others."""
    made = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        made.update(f"{tuple(tensor.shape)}".encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return made.hexdigest()


@st.cache_resource(show_spinner=False)
def documented() -> Documented:
    """Encoded once for all visitors."""
    encoder, pairs = banks.encoder(), lab.support()
    few, ten = lab.problem(encoder, lab.five()), lab.problem(encoder, pairs)
    near = lab.near_duplicates(encoder, max(lab.BACKGROUNDS))
    return Documented(few, ten, near, tuple(p.cue for p in pairs), pairs[0].paraphrases[0])


def compared(x: Tensor, gain: float, leak: float, seed: int) -> Comparison:
    """Three codes of embeddings x (n, d)."""
    return _compared(digest(x), x, gain, leak, seed)


@st.cache_resource(max_entries=4, show_spinner=False)  # 15 MB each
def _compared(content: str, _x: Tensor, gain: float, leak: float, seed: int) -> Comparison:
    with one_thread():
        return spikes.compare(_x, LONGEST, gain, leak, seed)


def ran(asked: Problem, steps: int, gain: float, leak: float, clamp: float) -> Run:
    """The LIF network on a problem."""
    return _ran(digest(asked.q, asked.M), asked, steps, gain, leak, clamp)


@cached
def _ran(content: str, _asked: Problem, steps: int, gain: float, leak: float, clamp: float) -> Run:
    with one_thread():
        return lif.run(_asked.M, _asked.q, steps, gain, leak, clamp)


def swept(asked: Problem, steps: int, clamp: float) -> Sweep:
    """The LIF network at every gain and leak."""
    return _swept(digest(asked.q, asked.M), asked, steps, clamp)


@cached
def _swept(content: str, _asked: Problem, steps: int, clamp: float) -> Sweep:
    with one_thread():
        return lif.sweep(_asked.M, _asked.q, steps, GAINS, LEAKS, clamp)


def eigenvalues(M: Tensor) -> list[float]:
    """Of W = MᵀM, largest first."""
    return _eigenvalues(digest(M), M)


@cached
def _eigenvalues(content: str, _M: Tensor) -> list[float]:
    with one_thread():
        return lif.eigenvalues(_M).tolist()


def voted(q: Tensor, X: Tensor, beta: float, constant: float, seed: int, spikes: int = SPIKES) -> Votes:
    """The memories X (N, d) voting on questions q (Q, d), each repeated so often."""
    return _voted(digest(q, X), q, X, beta, constant, seed, spikes)


@cached
def _voted(content: str, _q: Tensor, _X: Tensor, beta: float, constant: float, seed: int, spikes: int) -> Votes:
    with one_thread():
        generator = torch.Generator().manual_seed(seed)
        return sampler.sample(_q.repeat(REPEATS, 1), _X, beta, spikes, generator, constant)


@st.cache_resource(max_entries=8, show_spinner=False)
def spent(seed: int) -> dict[str, list[tuple[float, float]]]:
    """Share of the five documented cues recalled against spikes spent, by memory, with backgrounds or without."""
    known, budgets = documented(), sampler.budgets(256)
    whole = known.five.within(known.near)
    votes = voted(whole.q, whole.M, lab.BETA, sampler.INHIBITION, seed, budgets[-1])
    meant = torch.arange(len(whole.q)).repeat(REPEATS).to(votes.p.device)
    shares = [(float(n), float((votes.rate(n).argmax(-1) == meant).float().mean())) for n in budgets]
    series = {"winner-take-all, 100 backgrounds": shares}
    for name, asked in {"LIF, none": known.five, "LIF, 100": whole}.items():
        run = ran(asked, max(lab.STEPS), lif.GAIN, lif.LEAK, lif.CLAMP)
        points = [1, 2, 3, *lab.STEPS]
        series[name] = [(float(run.spent[t - 1]), int(run.right[t - 1]) / len(asked.q)) for t in points]
    return series


def measured(seed: int) -> list[dict]:
    """The prototype's table on this machine, now: over 100 memories and ten times as many."""
    known = documented()
    with one_thread():
        rows = lab.recalls(known.five, known.five.M, known.near, seed)
    return rows + lab.times(100, known.near.shape[1], seed)
