"""Topics: groups of alike memories, each named by the words that tell it from the rest.

scikit-learn's k-means (Lloyd, IEEE Trans. Information Theory 1982) on unit keys, where the nearest centre is the most
similar one, started by k-means++ (Arthur & Vassilvitskii, SODA 2007) with a seed. A group's words are those that tell
most: what they add to the divergence of its word distribution from that of all texts, times their inverse document
frequency (Spärck Jones, J. Documentation 1972).
"""

import math
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MOST = 8  # groups; as many as there are colours to tell apart
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
    """The group (N,) of each unit row of K (N, d).

    Raises ValueError unless groups lies between 1 and N.
    """
    if not 1 <= groups <= len(K):
        raise ValueError(f"groups must lie between 1 and {len(K)}, the number of memories, got {groups}")
    from sklearn.cluster import KMeans  # takes a second to load, and only a map of groups needs it
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct memories than groups: some stay empty
        found = KMeans(groups, n_init=1, random_state=seed).fit_predict(K.cpu().numpy())
    return torch.from_numpy(found).long().to(K.device)


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
