"""Two-stage recall: top-k candidates by whitened similarity, softmax settling over them, then hops.

Candidates are ranked by first-step attention: settling completes a pattern, it does not rank (FINDINGS.md). The settled
state is what the hops start from.
"""

import time
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nuonuo.association import Separation
from nuonuo.bank import Bank
from nuonuo.encoder import Encoder
from nuonuo.hopfield import settle
from nuonuo.items import Vector, unit_rows
from nuonuo.noise import Noise
from nuonuo.trace import Candidate, Recalled, Settings, Trace


@dataclass(frozen=True)
class Query:
    """What was asked, as text and as an embedding."""

    text: str | None
    noisy_text: str | None
    embedding: Tensor  # (d,)
    milliseconds: float = 0.0  # spent encoding


def ask(query: str | Vector, noise: Noise, encoder: Encoder | None, d: int, device: torch.device, name: str) -> Query:
    """A text, encoded after the noise on its words, or an embedding (d,). name: the bank's, for an error to say."""
    if not isinstance(query, str):
        return Query(None, None, unit_rows(query, 1, d, "query", device)[0])
    if not query.strip():
        raise ValueError("query must not be blank")
    if encoder is None:
        raise ValueError(f"bank {name} holds ready-made embeddings: query it with an embedding, not a text")
    began, noisy = time.perf_counter(), noise.on_text(query)
    x = encoder.encode([noisy])[0].to(device)
    return Query(query, noisy, x, (time.perf_counter() - began) * 1e3)


@dataclass(frozen=True)
class Hops:
    """What the links recalled from a settled state."""

    code: Tensor | None = None
    margin: float | None = None
    recalled: tuple[Recalled, ...] = ()
    separation: str | None = None
    stop: str | None = None


@torch.inference_mode()  # a third faster: no gradient bookkeeping for hundreds of small operations
def recall(bank: Bank, about: dict, query: Query, settings: Settings, hops: int, separation: Separation) -> Trace:
    """One recall over a bank that is not empty; `about` is what the Trace says of the bank."""
    began = time.perf_counter()
    probe = settings.noise.on_embedding(query.embedding)
    key = bank.whitening(probe)
    rows, nearest_row = bank.search(key, probe, settings.k)
    X = bank.keys[rows]
    similarity = X @ key
    searched = time.perf_counter()
    settled = settle(key, X, settings.beta, settings.steps, largest_norm=1.0)  # keys are unit vectors
    candidates, nearest = _look_up(bank, rows, nearest_row, similarity, key, probe, settled.p[0])
    done = time.perf_counter()
    chain = hop(bank, settled.xi[-1], settings.noise, hops, separation) if hops else Hops()
    stages = {"encode": query.milliseconds, "candidates": (searched - began) * 1e3, "settle": (done - searched) * 1e3}
    return Trace(
        query=query.text,
        noisy_query=query.noisy_text,
        settings=settings,
        bank=about,
        embedding=query.embedding,
        probe=probe,
        key=key,
        candidates=candidates,
        X=X,
        similarity=similarity,
        xi=settled.xi,
        p=settled.p,
        energy=settled.energy,
        nearest=nearest,
        code=chain.code,
        code_margin=chain.margin,
        hops=chain.recalled,
        separation=chain.separation,
        stop=chain.stop,
        milliseconds=stages | ({"hops": (time.perf_counter() - done) * 1e3} if hops else {}),
    )


def hop(bank: Bank, state: Tensor, noise: Noise, hops: int, separation: Separation) -> Hops:
    """Encode a settled state (d,) and send its code over the links."""
    first = bank.encode(state[None])
    code = noise.on_code(first.winners[0], bank.meta["units"])
    chain = bank.links().chain(code, hops, separation)
    recalled = []
    for each in chain.hops:
        links = [each.link] if each.runner_up is None else [each.link, each.runner_up]
        here, *rival = bank.of_rows(torch.tensor(links, device=bank.device))
        recalled.append(
            Recalled(
                id=here.id,
                target=here.target,
                cosine=each.cosine,
                confidence=each.confidence,
                runner_up=rival[0].id if rival else None,
                runner_up_target=rival[0].target if rival else None,
                runner_up_cosine=each.runner_up_cosine,
            )
        )
    return Hops(code, float(first.margin[0]), tuple(recalled), str(separation), chain.stop)


def _look_up(
    bank: Bank, rows: Tensor, nearest_row: Tensor, similarity: Tensor, key: Tensor, probe: Tensor, p: Tensor
) -> tuple[tuple[Candidate, ...], Candidate]:
    """The candidates with their texts, and plain cosine's answer: the only values that leave the device.

    rows, similarity, p: (c,) of the candidates; p is their first-step attention.
    """
    rows = torch.cat([rows, nearest_row[None]])
    cosines = (bank.X[rows] @ probe).tolist()
    similarities = [*similarity.tolist(), float(bank.keys[nearest_row] @ key)]
    weights = [*p.tolist(), 0.0]
    seen = [
        Candidate(memory.id, bank.texts[row], memory.target, s, c, w)
        for memory, row, s, c, w in zip(bank.of_rows(rows), rows.tolist(), similarities, cosines, weights, strict=True)
    ]
    *candidates, nearest = seen
    weight = next((c.weight for c in candidates if c.id == nearest.id), 0.0)
    return tuple(candidates), replace(nearest, weight=weight)
