"""Encoders: does the gap between right and wrong explain which encoder recalls best?

"The gap": mean similarity of a paraphrase to its own memory's cue, minus that to the best wrong one; beside it the
absolute similarity of true pairs. Measured for the bundled MiniLM, for the mean of the tokens after each of its layers
(six encoders of rising quality that need no download), for words alone (TF-IDF of character trigrams), and for any
other encoder given by name or path.
"""

from collections.abc import Callable, Sequence

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.lab.bounds import SEED, within
from nuonuo.lab.material import Pair, sample
from nuonuo.maths.intervals import average, share
from nuonuo.memory.encoder import DEFAULT, Encoder, Progress

Encode = Callable[[Sequence[str]], Tensor]
SMALL: dict = {}
PAGE: dict = {}
BOUNDS = {"seed": SEED}


@within(BOUNDS)
def run(
    encoders: tuple[str, ...] = (),
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows data, system, gap, gap_low, gap_high, right, wrong, recall, low, high, n.

    encoders: names or paths of further sentence-transformers models. recall: of plain nearest neighbour, which is all
    that the encoder alone decides. seed: nothing here is random. Raises ValueError if a model cannot be loaded.
    """
    encoder = encoder or Encoder()
    data = {"web shop (10 memories)": sample("support"), "household (143 memories)": sample("facts")}
    ways: dict[str, Encode] = {"letters (TF-IDF)": trigrams([p.cue for pairs in data.values() for p in pairs])}
    layers = 6 if encoder.name == DEFAULT else 0
    ways |= {f"MiniLM, layer {n} of {layers}": layer(encoder, n) for n in range(layers)}
    ways[encoder.name] = encoder.encode
    ways |= {name: Encoder(name).encode for name in encoders}
    rows: list[dict] = []
    for done, (name, encode) in enumerate(ways.items(), 1):
        rows += [{"data": kind, "system": name, **measure(pairs, encode)} for kind, pairs in data.items()]
        if progress:
            progress(done, len(ways))
        if keep:
            keep(rows)
    return rows


def measure(pairs: list[Pair], encode: Encode) -> dict:
    """How similar questions are to the right cue and to the best wrong one, and how often the right one wins."""
    owner = torch.tensor([i for i, p in enumerate(pairs) for _ in p.paraphrases])
    similarity = encode([q for p in pairs for q in p.paraphrases]) @ encode([p.cue for p in pairs]).mT  # (n, N)
    here = torch.arange(len(owner))
    right = similarity[here, owner]
    wrong = similarity.index_put((here, owner), torch.tensor(-torch.inf)).max(1).values
    gap = average((right - wrong).tolist(), "gap")
    return {
        "gap": gap["gap"],
        "gap_low": gap["low"],
        "gap_high": gap["high"],
        "right": float(right.mean()),
        "wrong": float(wrong.mean()),
        **share((right > wrong).float().tolist()),
    }


def trigrams(texts: list[str]) -> Encode:
    """TF-IDF of three letters, fitted on texts."""
    fitted = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3)).fit(texts)
    return lambda some: normalize(torch.tensor(fitted.transform(some).toarray(), dtype=torch.float32), dim=1)


def layer(encoder: Encoder, number: int) -> Encode:
    """The mean of the tokens' states after a layer of the encoder's transformer; 0 is before the first."""

    def encode(texts: Sequence[str]) -> Tensor:
        transformer = encoder.model[0].auto_model
        with torch.inference_mode():
            tokens = encoder.model.tokenize(list(texts))
            inputs = {k: v.to(transformer.device) for k, v in tokens.items() if isinstance(v, Tensor)}
            states = transformer(**inputs, output_hidden_states=True).hidden_states[number]  # (n, T, d)
            mask = inputs["attention_mask"][:, :, None]
            return normalize((states * mask).sum(1) / mask.sum(1), dim=1).cpu()

    return encode
