"""Specifies nuonuo/explain/attention/walk.py on the real MiniLM."""

import pytest
import torch
from torch.testing import assert_close
from transformers import AutoModel

from nuonuo.explain.attention.heads import TOLERANCE, read
from nuonuo.explain.attention.walk import walk
from nuonuo.maths.hopfield import settle
from nuonuo.memory.bundled import bundled

TEXT = "The nurse who looked after my grandmother sent us a postcard."


@pytest.fixture(scope="module")
def found(encoder):
    return read(encoder, TEXT)


@pytest.mark.parametrize("head", [0, 2, 29, 71])
def test_from_r_to_output_every_number_is_the_models(encoder, found, head):
    seen = walk(encoder, found, head, 3)
    assert seen.delta < TOLERANCE
    assert (seen.layer, seen.head) == divmod(head, 12)
    L = len(found.tokens)
    assert seen.R.shape == (L, 384)
    assert {each.W.shape for each in seen.projections.values()} == {(384, 32)}
    assert seen.Q.shape == seen.K.shape == seen.V.shape == seen.output.shape == (L, 32)
    assert_close(seen.p, found.p[divmod(head, 12)], atol=1e-5, rtol=0)
    assert_close(seen.p.sum(-1), torch.ones(L))


def test_r_is_the_hidden_state_that_the_model_itself_reports(encoder, found):
    model = AutoModel.from_pretrained(bundled())
    features = encoder.model.tokenizer([TEXT], return_tensors="pt")
    with torch.inference_mode():
        states = model(**features, output_hidden_states=True).hidden_states
    for layer in range(6):
        assert_close(walk(encoder, found, layer * 12, 0).R.cpu(), states[layer][0], atol=2e-5, rtol=0)


def test_a_second_update_is_that_of_a_hopfield_network_over_the_keys(encoder, found):
    seen = walk(encoder, found, 14, 4)
    two = settle(seen.Q[4], seen.K, seen.beta, steps=2)
    assert_close(two.p[0], seen.p[4], atol=1e-5, rtol=0)
    assert_close(two.p[1], seen.again[4], atol=1e-5, rtol=0)
    assert float(seen.moved[4]) == pytest.approx(float((two.p[1] - two.p[0]).clamp(min=0).sum()), abs=1e-5)
    assert (seen.moved >= 0).all()
    assert (seen.moved <= 1).all()


def test_values_are_not_keys_and_the_output_is_not_in_the_space_of_the_state(encoder, found):
    seen = walk(encoder, found, 29, 3)
    assert float((seen.V - seen.K).abs().max()) > 0.5
    assert_close(seen.output, seen.p @ seen.V)


@pytest.mark.parametrize(("head", "token", "why"), [(72, 0, "head must be 0 to 71, got 72"), (0, 99, "token must be")])
def test_a_head_or_token_that_is_none_is_named(encoder, found, head, token, why):
    with pytest.raises(ValueError, match=why):
        walk(encoder, found, head, token)
