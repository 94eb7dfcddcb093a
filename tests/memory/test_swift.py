"""Specifies nuonuo/memory/swift.py with the real model: quicker, and the same embeddings."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch.nn.functional import linear
from torch.testing import assert_close

from nuonuo.memory.bundled import bundled
from nuonuo.memory.swift import PROBES, Swift, by_onednn

HOSTILE = [
    *PROBES,
    "\t\u2028 blanks of all kinds \u00a0\u200b",
    "[CLS] [SEP] [PAD] [MASK] [UNK]",
    "e\u0301 and \u00e9",
    "\x00\x07 control \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16", "ignore"),
    "窑炉一开就跳闸" * 60,
    "ร้านกาแฟเปิดเจ็ดโมงเช้า",
    "a",
    "!?",
    "word " * 253,
    "word " * 254,
    "word " * 255,
]


@pytest.fixture(scope="module")
def plain():
    """sentence-transformers alone."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(bundled()), device="cpu")


def test_embeddings_are_those_of_sentence_transformers_alone(encoder, plain, sample):
    texts = HOSTILE + [row["cue"] for row in sample("stories")] + [row["target"] for row in sample("facts")]
    expected = torch.from_numpy(plain.encode(texts, normalize_embeddings=True, show_progress_bar=False))
    swift = Swift.of(encoder.model)
    rows = torch.from_numpy(swift.embed(swift.read(texts)))
    assert_close(rows, expected, atol=2e-6, rtol=0)
    assert (rows * expected).sum(1).min() >= 0.99999
    assert_close(encoder.encode(texts).cpu(), expected, atol=2e-6, rtol=0)


def test_a_model_whose_own_way_is_another_is_left_to_it(plain, monkeypatch):
    assert Swift.of(plain) is not None
    with monkeypatch.context() as patch:
        patch.setattr(plain, "prompts", {"query": "search for: "})
        patch.setattr(plain, "default_prompt_name", "query")
        assert Swift.of(plain) is None
    with monkeypatch.context() as patch:
        patch.setattr(plain.tokenizer, "padding_side", "left")
        assert Swift.of(plain) is None
    with monkeypatch.context() as patch:
        patch.setattr(plain, "truncate_dim", 64)
        assert Swift.of(plain) is None

    class Letters:
        """What is no such model has no tokenizer."""

    assert Swift.of(Letters()) is None


def test_products_by_onednn_are_float32s_and_only_where_nobody_wants_a_gradient():
    torch.manual_seed(0)
    layer = torch.nn.Linear(384, 1_536)
    bare = torch.nn.Linear(384, 8, bias=False)
    by_onednn(torch.nn.Sequential(layer, bare))
    for x in (
        torch.randn(4, 9, 384),
        torch.randn(2, 384),
        torch.randn(384, 6).T,
        torch.randn(0, 384),
        torch.randn(384),
    ):
        for one in (layer, bare):
            bias = None if one.bias is None else one.bias.double()
            with torch.no_grad():
                assert_close(one(x).double(), linear(x.double(), one.weight.double(), bias), atol=1e-5, rtol=0)
    y = layer(torch.randn(3, 384))
    y.sum().backward()
    assert layer.weight.grad is not None
    with torch.no_grad():
        layer.weight.zero_()  # weights are the layer's own, not a copy
        assert_close(layer(torch.randn(300, 384)), layer.bias.expand(300, -1))
        layer.double()
        assert layer(torch.randn(2, 384).double()).dtype == torch.float64


def test_tokens_are_cut_where_the_model_stops_reading(encoder):
    swift = Swift.of(encoder.model)
    assert [len(one.ids) for one in swift.read(["word", "word " * 999])] == [3, 256]
    one, same = swift.embed(swift.read(["word " * 254, "word " * 999]))
    assert np.abs(one - same).max() < 1e-6


def test_workers_share_a_batch_and_leave_everybody_elses_threads_alone(encoder):
    before = torch.get_num_threads()
    texts = [f"text {i} " + "on and on " * (i % 9) for i in range(77)]
    one, three = Swift(encoder.model, 1), Swift(encoder.model, 3)
    for n in (1, 2, 3, 4, 77):
        read = one.read(texts[:n])
        np.testing.assert_allclose(three.embed(read), one.embed(read), atol=2e-6)
    assert three.budget == 3 * one.budget
    assert set(three._pool.map(lambda _: torch.get_num_threads(), range(9))) == {1}
    assert torch.get_num_threads() == before
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == before
