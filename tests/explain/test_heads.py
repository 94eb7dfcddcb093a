"""Specifies nuonuo/explain/attention/heads.py on the real MiniLM."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close
from transformers import AutoModel

from nuonuo.explain.attention.heads import TOLERANCE, Captured, capture, carriers, read, recompute
from nuonuo.memory.bundled import bundled

TEXT = "The nurse who looked after my grandmother last winter sent us a postcard from Lisbon and asked about the dog."


@pytest.fixture(scope="module")
def found(encoder):
    return read(encoder, TEXT)


def test_each_of_the_72_heads_gives_v_times_the_weights_of_an_update_over_its_keys(found):
    assert found.delta.shape == (6, 12)
    assert float(found.delta.max()) < 2e-6 < TOLERANCE
    assert (found.size, found.beta) == (32, 32**-0.5)
    assert found.dropped == 0


def test_the_weights_are_those_the_model_itself_reports(found, encoder):
    model = AutoModel.from_pretrained(bundled(), attn_implementation="eager")
    features = encoder.model.tokenizer([TEXT], return_tensors="pt")
    with torch.inference_mode():
        theirs = torch.cat(model(**features, output_attentions=True).attentions)
    assert_close(found.p.cpu(), theirs, atol=2e-6, rtol=0)
    assert list(found.tokens) == encoder.model.tokenizer.convert_ids_to_tokens(features["input_ids"][0])


def test_the_heads_of_a_sentence_of_24_tokens_are_where_they_were_measured(found):
    assert len(found.tokens) == 24
    assert found.patterns[0, [0, 2, 7]].tolist() == [18, 1, 19]
    one, some, most = found.regimes
    assert one + some + most == 72
    assert sum(found.regime(h) == "uniform" for h in range(12)) > sum(
        found.regime(h) == "uniform" for h in range(12, 36)
    )
    assert found.regime(2) == "winner"


def test_head_3_of_layer_1_looks_the_token_before_up(found):
    assert found.p[0, 2].argmax(-1).tolist() == [0, *range(23)]


def test_a_head_that_looks_a_token_up_has_long_queries_and_keys(found):
    assert float(found.unit_beta[0, 2]) > 20
    assert float(found.unit_beta.min()) > found.beta


def test_energy_never_rises_in_one_update(found):
    assert found.energy.shape == (6, 12, 2)
    assert (found.energy[..., 1] <= found.energy[..., 0] + 1e-3).all()


def test_sinks_are_the_weight_on_cls_and_sep_and_a_third_of_the_heads_sink(found):
    assert [found.tokens[place] for place in found.special] == ["[CLS]", "[SEP]"]
    assert_close(found.sinks, torch.stack([found.p[..., 0].mean(-1), found.p[..., -1].mean(-1)], -1))
    share = found.p[..., [0, 23]].sum(-1).mean(-1)
    assert found.sinking.tolist() == (share > 0.5).tolist()


def test_a_typed_sep_is_the_tokenizers_and_a_cut_text_keeps_its_sinks(encoder):
    found = read(encoder, "word " * 300)
    assert found.special == (0, 255)


@given(N=integers(1, 60), seed=integers(0, 100))
def test_carriers_are_the_fewest_that_carry_the_share(N, seed):
    p = torch.rand(4, N, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).softmax(-1)
    for row, count in zip(p, carriers(p).tolist(), strict=True):
        best = row.sort(descending=True).values
        assert best[:count].sum() >= 0.9 - 1e-12
        assert best[: count - 1].sum() < 0.9


def test_carriers_of_one_pattern_and_of_all_alike():
    assert carriers(torch.tensor([[0, 1.0, 0], [1 / 3, 1 / 3, 1 / 3]])).tolist() == [1, 3]


@given(L=integers(1, 20), seed=integers(0, 50))
def test_recomputing_is_attention_on_any_heads(L, seed):
    generator = torch.Generator().manual_seed(seed)
    Q, K, V = (torch.randn(2, 3, L, 4, generator=generator) for _ in range(3))
    output, R = scaled_dot_product_attention(Q, K, V), torch.randn(2, L, 12, generator=generator)
    found = recompute(Captured(Q, K, V, output, R), tuple("x" * L))
    assert float(found.delta.max()) < 1e-5
    assert found.p.shape == (2, 3, L, L)
    off = recompute(Captured(Q, K, V, output + 1, R), tuple("x" * L))
    assert float(off.delta.min()) > 0.9


def test_a_long_text_is_cut_and_the_cut_is_told(encoder):
    found = read(encoder, "word " * 300)
    assert (len(found.tokens), found.dropped) == (256, 302 - 256)
    assert float(found.delta.max()) < TOLERANCE


def test_reading_leaves_the_encoder_as_it_was(encoder):
    before = encoder.model.encode(["unseen text of this test"], show_progress_bar=False)
    read(encoder, TEXT)
    after = encoder.model.encode(["unseen text of this test"], show_progress_bar=False)
    assert (before == after).all()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in encoder.model[0].auto_model.modules())


def test_hooks_are_gone_even_when_the_model_fails(encoder):
    bert = encoder.model[0].auto_model
    with pytest.raises(ValueError, match="input_ids"):
        capture(bert, {"no_such_input": torch.zeros(1)})
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in bert.modules())


def test_wrong_arguments_are_named(encoder):
    with pytest.raises(ValueError, match="text must not be blank, got '  '"):
        read(encoder, "  ")
    with pytest.raises(ValueError, match="the encoder must be built like BERT to show its heads, got Linear"):
        capture(torch.nn.Linear(2, 2), {})
