"""Topics: groups of alike memories, each named by the words that tell it from the rest.

Spherical k-means (Dhillon & Modha, Machine Learning 2001) on unit keys, started by k-means++ (Arthur & Vassilvitskii,
SODA 2007) with a seed. A group's words are those that tell most: what they add to the divergence of its word
distribution from that of all texts, times their inverse document frequency (Spärck Jones, J. Documentation 1972).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

MOST = 8  # groups; as many as there are colours to tell apart
ROUNDS = 25
WORD = re.compile(r"[^\W\d_]{3,}")
GRAMMAR = """
about after all also always and any are because been before but can could did does don each for from get had has have
her here him his how into its just let like may more most much not now off often one only our out over own she should
some than that the their them then there these they this those too two until very was were what when where which while
who whom whose why will with would you your
"""
NAMELESS = set(WORD.findall(GRAMMAR))  # English words that name no topic


@dataclass(frozen=True)
class Topics:
    """Each memory's group, and the groups' names."""

    group: Tensor  # (N,) 0 to len(names) − 1
    names: tuple[str, ...]
    seed: int


def topics(K: Tensor, texts: Sequence[str], seed: int = 0) -> Topics:
    """Group unit keys K (N, d), N >= 1, and name the groups by the memories' texts."""
    group = kmeans(K, max(1, min(MOST, len(K) // 5)), seed)
    return Topics(group, names(texts, group.tolist()), seed)


def kmeans(K: Tensor, groups: int, seed: int = 0) -> Tensor:
    """Spherical k-means: the group (N,) of each unit row of K (N, d).

    Raises ValueError unless groups lies between 1 and N.
    """
    if not 1 <= groups <= len(K):
        raise ValueError(f"groups must lie between 1 and {len(K)}, the number of memories, got {groups}")
    C = _start(K, groups, torch.Generator().manual_seed(seed))
    group = (K @ C.mT).argmax(1)
    for _ in range(ROUNDS):
        C = normalize(torch.zeros_like(C).index_add_(0, group, K) + 1e-6 * C, dim=1)  # an empty group stays put
        moved = (K @ C.mT).argmax(1)
        if torch.equal(moved, group):
            break
        group = moved
    return group


def names(texts: Sequence[str], group: Sequence[int], words: int = 2) -> tuple[str, ...]:
    """The words that tell each group's texts from all texts, joined by a dot."""
    counts: list[Counter[str]] = [Counter() for _ in range(max(group) + 1)]
    for text, number in zip(texts, group, strict=True):
        counts[number].update({w.casefold() for w in WORD.findall(text)} - NAMELESS)  # each text counts a word once
    total = sum(counts, Counter())
    return tuple(_telling(count, total, len(texts), words) or f"group {i}" for i, count in enumerate(counts, 1))


def _telling(count: Counter[str], total: Counter[str], texts: int, words: int) -> str:
    mine, everything = sum(count.values()), sum(total.values())
    shared = {w: n for w, n in count.items() if n > 1} or count
    score = {
        w: n * math.log(n * everything / (mine * total[w])) * math.log(texts / total[w]) for w, n in shared.items()
    }
    best = sorted(score, key=lambda w: (-score[w], w))[:words]
    return " · ".join(w for w in best if score[w] > 0)


def _start(K: Tensor, groups: int, generator: torch.Generator) -> Tensor:
    """k-means++: each further centre is drawn with probability 1 − cosine to the nearest centre so far."""
    chosen = [int(torch.randint(len(K), (1,), generator=generator))]
    far = (1 - K @ K[chosen[0]]).clamp(min=0).cpu()
    for _ in range(groups - 1):
        weight = far if far.sum() > 0 else torch.ones_like(far)
        chosen.append(int(torch.multinomial(weight, 1, generator=generator)))
        far = torch.minimum(far, (1 - K @ K[chosen[-1]]).clamp(min=0).cpu())
    return K[chosen]
