"""Chains: six hops over consecutive texts, by separation, with and without whitening.

Each text is linked to the next. From clean starts (stored cue codes), how close is what each hop brings out to the
code it should be? Linear links over raw embeddings drown in crosstalk; whitening, or any sharper separation, mends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch

from nuonuo import codes
from nuonuo.association import Separation, identity, power, softmax
from nuonuo.encoder import Encoder, Progress
from nuonuo.hebbian import Hop, Links
from nuonuo.items import Item
from nuonuo.lab.data import read_lines, read_locomo
from nuonuo.memory import Memory

HOPS = 6
STARTS = 500  # at most; a seeded sample of those from which all hops stay among the links
KEYS: dict[str, dict] = {"raw": {"exponent": 0.0, "centre": False}, "whitened": {}}
SEPARATIONS = (identity(), power(3), softmax(8))
CLOSE = 0.1  # a lead over the runner-up below this is ambiguous


@dataclass(frozen=True)
class Step:
    """One hop of one chain beside what it should have been."""

    cosine: float  # of the code that came out to the right stored code
    right: bool  # it landed on the right target
    ambiguous: bool  # the runner-up was the right one, or hardly behind


def run(
    file: str | Path,
    links: int | None = None,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows keys, separation, parameter, links, hop, cosine, starts, went_wrong, ambiguous.

    file: a LoCoMo .json (links stay within a conversation) or texts one a line. links: how many, in order; all if
    None. went_wrong: chains that first left the right path at this hop; ambiguous: the share of those whose runner-up
    was right or within 0.1 cosine (None if there are none). progress(done, total) after each chain.
    Raises ValueError for a wrong file, or if it holds fewer links or no run of six.
    """
    sequences = read_sequences(file)
    pairs = [(a, b, len(s) - 1 - i) for s in sequences for i, (a, b) in enumerate(pairwise(s))]
    links = len(pairs) if links is None else links
    if not HOPS <= links <= len(pairs):
        raise ValueError(f"links must lie between {HOPS} and {len(pairs)}, which {file} holds, got {links}")
    ahead = [min(left, links - i) for i, (_, _, left) in enumerate(pairs[:links])]  # links to go, this one included
    possible = [i for i, left in enumerate(ahead) if left >= HOPS]
    if not possible:
        raise ValueError(f"{file} must hold a run of {HOPS} links, got none")
    order = torch.randperm(len(possible), generator=torch.Generator().manual_seed(seed))
    starts, encoder, rows = [possible[i] for i in order[:STARTS].tolist()], encoder or Encoder(), []
    total, done = len(KEYS) * len(SEPARATIONS) * len(starts), 0
    for keys, settings in KEYS.items():
        memory = Memory(None, encoder, seed=seed, **settings)
        memory.add_many([Item(a, b) for a, b, _ in pairs[:links]])
        for separation in SEPARATIONS:
            chains = []
            for start in starts:
                chains.append(follow(memory.bank.links(), start, separation))
                done += 1
                if progress:
                    progress(done, total)
            about = {"keys": keys, "separation": separation.name, "parameter": separation.parameter, "links": links}
            rows += [{**about, **summary(chains, hop)} for hop in range(1, HOPS + 1)]
        memory.close()
    return rows


def read_sequences(file: str | Path) -> list[list[str]]:
    """The runs of texts to link: conversations of a LoCoMo .json, or a text file's lines."""
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
        "cosine": sum(chain[hop - 1].cosine for chain in chains) / len(chains),
        "starts": len(chains),
        "went_wrong": len(left),
        "ambiguous": sum(step.ambiguous for step in left) / len(left) if left else None,
    }
