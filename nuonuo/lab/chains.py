"""Chains: six hops over consecutive texts, by separation, with and without whitening.

Each text is linked to the next. From clean starts (stored cue codes), how close is what each hop brings out to the
code it should be? Linear links over raw embeddings drown in crosstalk; whitening, or any sharper separation, fixes it.
Plain nearest neighbour is asked hop by hop with the text it found last.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import torch

from nuonuo.files.locomo import read_locomo
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.material import read_lines, sentences
from nuonuo.maths import codes
from nuonuo.maths.association import Separation, identity, power, softmax
from nuonuo.maths.hebbian import Hop, Links
from nuonuo.maths.intervals import average
from nuonuo.memory import Memory
from nuonuo.memory.bank import Bank
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import record
from nuonuo.systems.lineup import NEAREST

HOPS = 6
STARTS = 500  # at most; a seeded sample of those from which all hops stay among the links
KEYS: dict[str, dict] = {"raw": {"exponent": 0.0, "centre": False}, "whitened": {}}
MORE_KEYS: dict[str, dict] = {"whitened 0.75": {"exponent": 0.75}, "whitened 1": {"exponent": 1.0}}
SEPARATIONS = (identity(), power(3), softmax(8))
CLOSE = 0.1  # a lead over the runner-up below this is ambiguous
SMALL: dict = {"links": 40, "starts": 10}
PAGE: dict = {"links": 400, "starts": 100, "exponents": False}


@dataclass(frozen=True)
class Step:
    """One hop of one chain beside what it should have been."""

    cosine: float  # of the code that came out to the right stored code
    right: bool  # it landed on the right target
    ambiguous: bool  # the runner-up was the right one, or hardly behind


Way = Callable[[int], list[Step]]  # from the link where a chain starts to its hops
BOUNDS = {"links": Bounds(HOPS, 50_000), "starts": Bounds(1, 2_000), "seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    links: int | None = None,
    starts: int = STARTS,
    exponents: bool = False,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows system, keys, separation, parameter, links, hop, cosine, low, high, n, starts, went_wrong, ambiguous.

    file: a LoCoMo .json (links stay within a conversation) or texts one a line; the project's own sentences if None.
    links: how many, in order; all if None. starts: chains at most. exponents: whether stronger whitening runs too.
    went_wrong: chains that first left the right path at this hop; ambiguous: the share of those whose runner-up was
    right or within 0.1 cosine (None if there are none). Raises ValueError for a wrong file, or if it holds fewer links
    or no run of six.
    """
    texts, begun = arrange(file, links, starts, seed)
    encoder = encoder or Encoder()
    kinds = KEYS | (MORE_KEYS if exponents else {})
    every = list(dict.fromkeys(text for pair in texts for text in pair))
    done = len(every)  # texts to encode count as much as chains
    total = done + (len(kinds) * len(SEPARATIONS) + 1) * len(begun)
    rows: list[dict] = []
    encoder.encode(every, progress and (lambda encoded, _: progress(encoded, total)))
    for way, about in ways(texts, kinds, encoder, seed):
        chains = []
        for start in begun:
            chains.append(way(start))
            done += 1
            if progress:
                progress(done, total)
        rows += [{**about, "links": len(texts), **summary(chains, hop)} for hop in range(1, HOPS + 1)]
        if keep:
            keep(rows)
    return rows


def ways(
    texts: Sequence[tuple[str, str]], kinds: dict[str, dict], encoder: Encoder, seed: int
) -> Iterator[tuple[Way, dict]]:
    """Each way of following a chain, and what its rows say of it: links by keys and separation, nearest neighbour."""
    for keys, settings in kinds.items():
        memory = Memory(None, encoder, seed=seed, **settings)
        memory.add_many([record(*text) for text in texts])
        for phi in SEPARATIONS:
            about = {"keys": keys, "separation": phi.name, "parameter": phi.parameter}
            yield partial(follow, memory.bank.links(), separation=phi), {"system": f"{phi}, {keys}"} | about
        if keys == "raw":
            about = {"system": NEAREST, "keys": keys, "separation": "winner", "parameter": None}
            yield partial(nearest, memory.bank), about
        memory.close()


def arrange(
    file: str | Path | None, links: int | None, starts: int, seed: int
) -> tuple[list[tuple[str, str]], list[int]]:
    """The texts to link, in order, and the links from which chains start. Raises ValueError as `run` says."""
    sequences = read_sequences(file)
    pairs = [(a, b, len(s) - 1 - i) for s in sequences for i, (a, b) in enumerate(pairwise(s))]
    links = len(pairs) if links is None else links
    BOUNDS["links"].check("links", links)
    if not HOPS <= links <= len(pairs):
        held = "the project's sentences hold" if file is None else f"{file} holds"
        raise ValueError(f"links must lie between {HOPS} and {len(pairs)}, which {held}, got {links}")
    ahead = [min(left, links - i) for i, (_, _, left) in enumerate(pairs[:links])]  # links to go, this one included
    possible = [i for i, left in enumerate(ahead) if left >= HOPS]
    if not possible:
        raise ValueError(f"{file} must hold a run of {HOPS} links, got none")
    order = torch.randperm(len(possible), generator=torch.Generator().manual_seed(seed))
    return [(a, b) for a, b, _ in pairs[:links]], [possible[i] for i in order[:starts].tolist()]


def read_sequences(file: str | Path | None) -> list[list[str]]:
    """The runs of texts to link: conversations of a LoCoMo .json, a text file's lines, or the project's sentences."""
    if file is None:
        return [sentences()]
    if Path(file).suffix.lower() == ".json":
        return [list(conversation.turns.values()) for conversation in read_locomo(file)]
    return [read_lines(file)]


def follow(links: Links, start: int, separation: Separation) -> list[Step]:
    """HOPS hops from the cue of link `start`, whatever they land on. Link i + 1 must start where link i ends."""
    code, steps = links.cues[start], []
    for right in range(start, start + HOPS):
        hop = links.hop(code, separation)
        steps.append(compare(links, hop, right))
        code = hop.code
    return steps


def nearest(bank: Bank, start: int) -> list[Step]:
    """The same by plain nearest neighbour: the cue nearest to the text found last, and its target's stored code."""
    links, x, steps = bank.links(), bank.X[start], []
    for right in range(start, start + HOPS):
        near = (bank.X @ x).topk(2).indices.tolist()
        wanted, found = links.targets[right], links.targets[near]
        cosine = codes.overlap(wanted, found)  # (2,)
        steps.append(Step(float(cosine[0]), torch.equal(found[0], wanted), torch.equal(found[1], wanted)))
        x = bank.T[bank.owner[near[0]]]
    return steps


def compare(links: Links, hop: Hop, right: int) -> Step:
    """A hop beside the link it should have landed on."""
    wanted = links.targets[right]
    second = hop.runner_up is not None and torch.equal(links.targets[hop.runner_up], wanted)
    return Step(
        cosine=float(codes.overlap(hop.code, wanted[None])[0]),
        right=torch.equal(links.targets[hop.link], wanted),
        ambiguous=second or hop.cosine - hop.runner_up_cosine < CLOSE,
    )


def summary(chains: Sequence[Sequence[Step]], hop: int) -> dict:
    """What happened at one hop, from 1, over all chains."""
    left = [chain[hop - 1] for chain in chains if all(s.right for s in chain[: hop - 1]) and not chain[hop - 1].right]
    return {
        "hop": hop,
        **average([chain[hop - 1].cosine for chain in chains], "cosine", 0, 1),
        "starts": len(chains),
        "went_wrong": len(left),
        "ambiguous": sum(step.ambiguous for step in left) / len(left) if left else None,
    }
