"""Encoding: how many texts a second, and how near to the model's own embeddings, in one process.

Ways take turns over the same texts. sentence-transformers: its `encode` with its defaults. by length: sorted by length,
64 at a time, as this project did before. nuonuo: what it does now. bfloat16, int8: the same with weights and products
of fewer digits, which it does not do; a candidate needs a cosine of at least 0.999 for every text.
"""

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from nuonuo.files.memories import read_items
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.maths.intervals import average
from nuonuo.memory.batches import batches
from nuonuo.memory.encoder import BATCH, Encoder, Progress, load, loaded
from nuonuo.memory.swift import Swift, Tokens

Encode = Callable[[Sequence[str]], np.ndarray]  # texts to unit embeddings (n, d)
PLAIN = "sentence-transformers"
WARM = [f"text {i}, to warm up" for i in range(32)]


@dataclass
class Timed:
    """One way: its embeddings of all texts, and what each turn took."""

    rows: np.ndarray
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # seconds of all threads together


BOUNDS = {"n": Bounds(1, 100_000), "turns": Bounds(1, 100), "seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path,
    n: int = 500,
    turns: int = 5,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows way, texts_s, ratio, low, high, best_ratio, cpu_ratio, least_cosine, mean_cosine, apart_ppm, padding,
    threads, n, turns.

    texts_s: texts a second, of the least disturbed turn. ratio: of speeds to that of sentence-transformers, the
    geometric mean over the turns, with its interval; best_ratio: of the least disturbed turns; cpu_ratio: of their CPU
    seconds, which other programs disturb least. least_cosine, mean_cosine: to sentence-transformers' embeddings;
    apart_ppm: a million times what the least lacks to 1. padding: share of the tokens. file: whatever can be imported;
    n of its texts are drawn by seed. progress(done, total) after each way and turn. Raises ValueError if a number
    is out of its bounds or there are fewer texts.
    """
    found = list(dict.fromkeys(text for one in read_items(Path(file)) for text in (*one.cues, one.target)))
    if len(found) < n:
        raise ValueError(f"n must be at most {len(found)}, the texts of {file}, got {n}")
    texts = [found[i] for i in np.random.default_rng(seed).permutation(len(found))[:n]]
    made = ways(encoder or Encoder())
    timed: dict[str, Timed] = {}
    for turn in range(turns):
        for done, (name, prepare) in enumerate(made.items(), 1):
            encode = prepare()
            encode(WARM)
            began, cpu = time.perf_counter(), time.process_time()
            rows = encode(texts)
            one = timed.setdefault(name, Timed(rows))
            one.seconds.append(time.perf_counter() - began)
            one.cpu.append(time.process_time() - cpu)
            if progress:
                progress(turn * len(made) + done, turns * len(made))
    padded = padding(encoder or Encoder(), texts)
    return [row(name, one, timed[PLAIN], padded.get(name)) for name, one in timed.items()]


def ways(encoder: Encoder) -> dict[str, Callable[[], Encode]]:
    """What makes each way ready for a turn, by name. Raises ValueError if the encoder is of another kind."""
    name, device = encoder.name, encoder.device
    _ = encoder.model
    plain, half, eighth = loaded(name, device), Swift(load(name, device).bfloat16()), Swift(int8(loaded(name, device)))
    own = lambda texts: plain.encode(texts, normalize_embeddings=True, show_progress_bar=False)  # noqa: E731

    def fresh() -> Encode:
        new = Encoder(name, str(device), cache=None)  # which remembers nothing yet
        return lambda texts: new.encode(texts).cpu().numpy()

    return {
        PLAIN: lambda: own,
        "by length": lambda: lambda texts: by_length(own, texts),
        "nuonuo": fresh,
        "bfloat16": lambda: lambda texts: by_tokens(half, texts),
        "int8": lambda: lambda texts: by_tokens(eighth, texts),
    }


def by_length(encode: Encode, texts: Sequence[str]) -> np.ndarray:
    """Sorted by length, 64 at a time."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    rows = np.concatenate([encode([texts[i] for i in order[at : at + BATCH]]) for at in range(0, len(order), BATCH)])
    return rows[np.argsort(order)]


def by_tokens(swift: Swift, texts: Sequence[str]) -> np.ndarray:
    """In batches by tokens."""
    read = swift.read(texts)
    order = batches(sizes(read), swift.budget)
    rows = np.concatenate([swift.embed([read[i] for i in batch]) for batch in order])
    return rows[np.argsort([i for batch in order for i in batch])]


def sizes(read: Sequence[Tokens]) -> list[int]:
    """How many tokens each text has."""
    return [len(one.ids or ()) for one in read]


def int8(model: torch.nn.Module) -> torch.nn.Module:
    """The model with its linear layers' weights, and products, in eight bits: PyTorch's dynamic quantisation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is to move to a package of its own
        return torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)


def padding(encoder: Encoder, texts: Sequence[str]) -> dict[str, float]:
    """By way, the share of what the model multiplies that is no token of a text: 0 to 1."""
    swift = Swift(encoder.model)
    tokens = sizes(swift.read(texts))
    length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    cut = {
        PLAIN: [length[::-1][at : at + 32] for at in range(0, len(length), 32)],
        "by length": [length[at : at + BATCH] for at in range(0, len(length), BATCH)],
        "nuonuo": batches(tokens, swift.budget),
    }
    padded = {name: sum(max(tokens[i] for i in some) * len(some) for some in parts) for name, parts in cut.items()}
    return {name: 1 - sum(tokens) / whole for name, whole in padded.items()}


def row(name: str, one: Timed, plain: Timed, padded: float | None) -> dict:
    """What a way has come to, beside the plain one."""
    mine, right = (rows.astype(np.float64) for rows in (one.rows, plain.rows))
    cosine = (mine * right).sum(1) / (np.linalg.norm(mine, axis=1) * np.linalg.norm(right, axis=1))
    faster = average([math.log(before / now) for before, now in zip(plain.seconds, one.seconds, strict=True)], "ratio")
    return {
        "way": name,
        "texts_s": len(one.rows) / min(one.seconds),
        **{key: math.exp(faster[key]) for key in ("ratio", "low", "high")},
        "best_ratio": min(plain.seconds) / min(one.seconds),
        "cpu_ratio": min(plain.cpu) / max(min(one.cpu), 1e-9),
        "least_cosine": float(cosine.min()),
        "mean_cosine": float(cosine.mean()),
        "apart_ppm": 1e6 * (1 - float(cosine.min())),
        "padding": padded,
        "threads": torch.get_num_threads(),
        "n": len(one.rows),
        "turns": len(one.seconds),
    }
