"""The encoder's own attention heads, each recomputed by the equation that ties attention to the Hopfield update.

Ramsauer et al., arXiv:2008.02217, Eq. 10: a head's weights p are those of an update of its queries over its keys with
β = 1/√d. Keys and values are different projections (W_K, W_V), so the head's output is Vᵀp, where the update within the
keys (Eq. 3), whose energy is kept here, gives Kᵀp. What a head does shows in how many patterns carry 90% of the weight
(their analysis of BERT, appendix A.5). Here the patterns are the tokens of one text. Departure: their classes are made
for 512 tokens; ours are shares of the text.

A head that has nothing to look up puts its weight on [CLS] or [SEP], which it learned to read as "nothing": an
attention sink (Xiao et al. 2023, arXiv:2309.17453; for [SEP] in BERT, Clark et al. 2019, arXiv:1906.04341).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths.association import Association, associate, softmax
from nuonuo.maths.hopfield import energy
from nuonuo.memory.encoder import Encoder

CARRIED = 0.9  # share of the weight
HALF = 0.5  # share of a head's weight above which its added tokens are named its sink
TOLERANCE = 1e-5  # float32 over at most a few hundred tokens; measured 1e-6


@dataclass(frozen=True)
class Captured:
    """What the layers of a model computed for one text of L tokens, each (layers, heads, L, size of a head) but R."""

    Q: Tensor
    K: Tensor
    V: Tensor
    output: Tensor
    R: Tensor  # (layers, L, d) what each layer reads


@dataclass(frozen=True)
class Heads:
    """All heads of a model over one text of L tokens."""

    tokens: tuple[str, ...]  # (L,) as the model reads them
    dropped: int  # tokens of the text that the model cuts off
    size: int  # of a head
    beta: float  # 1/√size
    p: Tensor  # (layers, heads, L, L) from each token (row) to each token
    patterns: Tensor  # (layers, heads) tokens that carry 90% of the weight, median over the tokens asking
    unit_beta: Tensor  # (layers, heads) β‖q‖‖k‖: the β that does the same to unit vectors; median
    energy: Tensor  # (layers, heads, 2) of the queries over the keys, before and after one update; mean over tokens
    delta: Tensor  # (layers, heads) largest difference from what the model computed
    special: tuple[int, ...]  # places of the tokens that the tokenizer added: [CLS] and [SEP]
    seen: Captured

    @property
    def regimes(self) -> tuple[int, int, int]:
        """How many heads look up one token, blend some, and average over more than half of them."""
        found = [self.regime(h) for h in range(self.patterns.numel())]
        return found.count("winner"), found.count("blend"), found.count("uniform")

    @property
    def sinks(self) -> Tensor:
        """Share of each head's weight on each added token, mean over the tokens asking: (layers, heads, specials)."""
        return self.p[..., list(self.special)].mean(-2)

    @property
    def sinking(self) -> Tensor:
        """Which heads put more than half of their weight on the added tokens: bool (layers, heads)."""
        return self.sinks.sum(-1) > HALF

    def regime(self, head: int) -> str:
        """winner, blend or uniform: what head number `head` does, counted from 0 layer by layer."""
        count = int(self.patterns.flatten()[head])
        if count == 1:
            return "winner"
        return "uniform" if count > len(self.tokens) / 2 else "blend"


def read(encoder: Encoder, text: str) -> Heads:
    """Run the encoder on a text and recompute each head of each layer from its Q, K and V.

    Raises ValueError if the text is blank or the encoder is not built like BERT.
    """
    if not text.strip():
        raise ValueError(f"text must not be blank, got {text!r}")
    with encoder.held() as model:
        bert, tokenizer = model[0].auto_model, model.tokenizer
        features = tokenizer(
            [text],
            return_tensors="pt",
            truncation=True,
            max_length=model.max_seq_length,
            return_special_tokens_mask=True,
        )
        special = features.pop("special_tokens_mask")[0].nonzero().flatten().tolist()
        whole = tokenizer([text], verbose=False)["input_ids"][0]
        seen = capture(bert, features.to(encoder.device))
    tokens = tokenizer.convert_ids_to_tokens(features["input_ids"][0])
    return recompute(seen, tuple(tokens), len(whole) - len(tokens), tuple(special))


def recompute(seen: Captured, tokens: tuple[str, ...], dropped: int = 0, special: tuple[int, ...] = ()) -> Heads:
    """All heads at once: p = softmax(β Kq) over the keys as stored patterns, output Vᵀp, β = 1/√size (Eq. 10)."""
    size = seen.Q.shape[-1]
    beta = size**-0.5
    update = associate(seen.Q, seen.K, seen.V, softmax(beta))
    norms = [torch.linalg.vector_norm(x, dim=-1) for x in (seen.Q, seen.K)]
    reach = norms[0].median(-1).values * norms[1].median(-1).values
    return Heads(
        tokens=tokens,
        dropped=dropped,
        size=size,
        beta=beta,
        p=update.weights,
        patterns=carriers(update.weights).median(-1).values,
        unit_beta=beta * reach,
        energy=energies(seen, update, beta),
        delta=(update.output - seen.output).abs().amax((-1, -2)),
        special=special,
        seen=seen,
    )


def carriers(p: Tensor, share: float = CARRIED) -> Tensor:
    """The fewest patterns whose weights sum to `share`. p: (..., N). Returns (...), 1 to N."""
    before = p.sort(-1, descending=True).values.cumsum(-1)[..., :-1]
    return (before < share).sum(-1) + 1


def energies(seen: Captured, update: Association, beta: float) -> Tensor:
    """Eq. 2 of the queries as states over the keys, before and after ξ ← Kᵀp: (layers, heads, 2), mean over tokens."""
    largest = torch.linalg.vector_norm(seen.K, dim=-1).amax(-1, keepdim=True)  # (layers, heads, 1)
    settled = update.weights @ seen.K
    before = energy(update.similarity, seen.Q, beta, largest)
    after = energy(settled @ seen.K.mT, settled, beta, largest)
    return torch.stack([before.mean(-1), after.mean(-1)], -1)


def capture(bert, features: dict) -> Captured:
    """Q, K, V, output and input of every attention layer while the model reads `features` of one text.

    Raises ValueError if the model has no layers with a query, a key and a value.
    """
    try:
        layers = [layer.attention.self for layer in bert.encoder.layer]
        heads = layers[0].num_attention_heads
        parts = [(layer, layer.query, layer.key, layer.value) for layer in layers]
    except (AttributeError, IndexError) as reason:
        raise ValueError(
            f"the encoder must be built like BERT to show its heads, got {type(bert).__name__}"
        ) from reason
    kept: dict[str, list[Tensor]] = {"output": [], "query": [], "key": [], "value": []}
    read: list[Tensor] = []
    hooks = [
        module.register_forward_hook(keep(kept[name]))
        for modules in parts
        for name, module in zip(kept, modules, strict=True)
    ]
    hooks += [query.register_forward_pre_hook(keep_input(read)) for _, query, _, _ in parts]
    try:
        with torch.inference_mode():
            bert(**features)
    finally:
        for hook in hooks:
            hook.remove()
    split = {name: torch.stack(rows).unflatten(-1, (heads, -1)).transpose(1, 2) for name, rows in kept.items()}
    Q, K, V, output = (split[name] for name in ("query", "key", "value", "output"))  # each (layers, heads, L, size)
    return Captured(Q, K, V, output, torch.stack(read))


def keep_input(kept: list[Tensor]) -> Callable:
    """A hook that keeps what a module is given for the batch's one text."""

    def hook(module, inputs) -> None:
        kept.append(inputs[0][0])  # (L, d)

    return hook


def keep(kept: list[Tensor]) -> Callable:
    """A forward hook that keeps the output for the batch's one text.

    It returns None: whatever a hook returns takes the output's place.
    """

    def hook(module, inputs, output) -> None:
        whole = output[0] if isinstance(output, tuple) else output  # (1, L, heads · size)
        kept.append(whole[0])

    return hook
