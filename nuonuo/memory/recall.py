"""Two-stage recall: the k candidates by meaning, words and links, softmax settling over them, then hops.

Settling completes a pattern, it does not rank (FINDINGS.md): the candidates keep the order they were found in, and the
settled state, which only their similarity to the query shapes, is what the hops start from.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from nuonuo.maths.hopfield import settle
from nuonuo.maths.search import dots
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import Found, find
from nuonuo.memory.encoder import Encoder
from nuonuo.memory.looking import Rough, look
from nuonuo.memory.noise import Noise
from nuonuo.memory.trace import BankFacts, Candidate, Recalled, Sender, Terms, Trace
from nuonuo.memory.vectors import Vector, unit_rows


@dataclass(frozen=True)
class Query:
    """What was asked, as text and as an embedding."""

    text: str | None
    noisy_text: str | None
    embedding: Tensor  # (d,)
    milliseconds: float = 0.0  # spent encoding


def ask(
    query: str | Vector,
    noise: Noise,
    encoder: Encoder | None,
    d: int,
    device: torch.device,
    name: str,
    text: str | None = None,
) -> Query:
    """A text, encoded after the noise on its words, or an embedding (d,). name: the bank's, for an error to say.

    text: what an embedding is of, for its words to be compared.
    """
    if not isinstance(query, str):
        return Query(text, text and noise.on_text(text), unit_rows(query, 1, d, "query", device)[0])
    if not query.strip():
        raise ValueError("query must not be blank")
    if encoder is None:
        raise ValueError(f"bank {name} holds ready-made embeddings: query it with an embedding, not a text")
    began, noisy = time.perf_counter(), noise.on_text(query)
    x = encoder.encode([noisy])[0].to(device)
    return Query(query, noisy, x, (time.perf_counter() - began) * 1e3)


def facts(bank: Bank, name: str) -> BankFacts:
    """What shapes a bank's recalls, for the Trace."""
    fit: dict[str, Any] = {"fitted_on": bank.whitening.n, "shrinkage": bank.whitening.shrinkage}
    return BankFacts(name, len(bank.ids), len(bank.owner), **fit, **vars(bank.settings))


@dataclass(frozen=True)
class Hops:
    """What the links recalled from a settled state."""

    code: Tensor | None = None
    margin: float | None = None
    recalled: tuple[Recalled, ...] = ()
    stop: str | None = None


@torch.inference_mode()  # a third faster: no gradient bookkeeping for hundreds of small operations
def recall(bank: Bank, name: str, queries: Sequence[Query], asking: Asking) -> Iterator[Trace]:
    """The recall of each query, in turn, over one state of the bank of that name. Raises ValueError if it is empty."""
    if not bank.ids:
        raise ValueError(f"bank {name} is empty: add a memory before recalling")
    bank = bank if asking.whitened else bank.unwhitened()
    about = facts(bank, name)
    probes = [asking.noise.on_embedding(query.embedding) for query in queries]
    keys = [bank.whitening(probe) for probe in probes]  # one by one: a product of many rounds differently
    looks = look(bank, torch.stack(keys), torch.stack(probes), max(asking.k, asking.senders))
    for query, probe, key, rough in zip(queries, probes, keys, looks, strict=True):
        yield _recall(bank, about, query, asking, probe, key, rough)


def _recall(
    bank: Bank, about: BankFacts, query: Query, asking: Asking, probe: Tensor, key: Tensor, rough: Rough
) -> Trace:
    began = time.perf_counter()
    found = find(bank, key, rough, query.noisy_text, asking)
    X = bank.index.log[found.rows[: found.count]]
    searched = time.perf_counter()
    settled = settle(key, X, asking.beta, asking.steps, largest_norm=1.0)  # keys are unit vectors
    candidates, nearest, lexical = _look_up(bank, found, probe, settled.p[0])
    done = time.perf_counter()
    chain = hop(bank, settled.xi[-1], asking) if asking.hops else Hops()
    stages = {
        "encode": query.milliseconds,
        "candidates": rough.milliseconds + (searched - began) * 1e3,
        "settle": (done - searched) * 1e3,
    }
    return Trace(
        query=query.text,
        noisy_query=query.noisy_text,
        asking=asking,
        bank=about,
        embedding=query.embedding,
        probe=probe,
        key=key,
        candidates=candidates,
        X=X,
        similarity=found.similarity[: found.count],
        xi=settled.xi,
        p=settled.p,
        energy=settled.energy,
        terms=Terms(found.z, found.links, found.exact),
        nearest=nearest,
        lexical=lexical,
        code=chain.code,
        code_margin=chain.margin,
        hops=chain.recalled,
        stop=chain.stop,
        milliseconds=stages | ({"hops": (time.perf_counter() - done) * 1e3} if asking.hops else {}),
    )


def hop(bank: Bank, state: Tensor, asking: Asking) -> Hops:
    """Encode a settled state (d,) and send its code over the links."""
    first = bank.encode(state[None])
    code = asking.noise.on_code(first.winners[0], bank.settings.units)
    chain = bank.links().chain(code, asking.hops, asking.phi)
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
    return Hops(code, float(first.margin[0]), tuple(recalled), chain.stop)


def _look_up(
    bank: Bank, found: Found, probe: Tensor, p: Tensor
) -> tuple[tuple[Candidate, ...], Candidate, Candidate | None]:
    """The candidates with their texts, plain cosine's answer and BM25's: the only values that leave the device.

    p: (c,) first-step attention of the candidates.
    """
    rows = torch.cat([found.rows, found.nearest[None]])
    *cosines, nearest_cosine = dots(bank.cues[rows], probe).tolist()
    *matched, nearest_row = rows.tolist()
    senders, c = _senders(bank, found), found.count
    weights = [*p.tolist(), *[0.0] * (len(matched) - c)]
    terms = (found.similarity, found.bm25, found.meaning, found.words, found.association)
    memories, cues = bank.rows.records.at(found.positions.tolist()), bank.texts.at(matched)
    columns = (memories, cues, cosines, weights, *torch.stack(terms).tolist())
    seen = [
        Candidate(
            id=memory.id,
            cue=cue,
            target=memory.target,
            similarity=similarity,
            cosine=cosine,
            weight=weight,
            bm25=bm25,
            meaning=meaning,
            words=words,
            association=association,
            senders=senders.get(place, ()),
            title=memory.about.title,
        )
        for place, (memory, cue, cosine, weight, similarity, bm25, meaning, words, association) in enumerate(
            zip(*columns, strict=True)
        )
    ]
    candidates, beside = tuple(seen[:c]), [next((x for x in seen[:c] if x.id == one.id), one) for one in seen[c:]]
    nearest = replace(beside[0], cue=bank.texts[nearest_row], cosine=nearest_cosine)
    return candidates, nearest, beside[1] if len(beside) > 1 else None


def _senders(bank: Bank, found: Found) -> dict[int, tuple[Sender, ...]]:
    """Whose links brought attention to each candidate, by its place, most first."""
    senders: dict[int, list[Sender]] = {}
    for one in found.sent:
        memory = bank.rows.records[one.position]
        made = Sender(memory.id, memory.cues[0], memory.about.title, one.relation, one.attention, one.weight)
        senders.setdefault(one.place, []).append(made)
    return {
        place: tuple(sorted(some, key=lambda sender: -sender.attention * sender.weight))
        for place, some in senders.items()
    }
