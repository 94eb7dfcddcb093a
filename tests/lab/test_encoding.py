"""Specifies nuonuo/lab/encoding.py at a small size: what is said of each way is true of it."""

import json

import numpy as np
import pytest

from nuonuo import Encoder
from nuonuo.lab import encoding

WAYS = ["sentence-transformers", "by length", "nuonuo", "bfloat16", "int8"]


@pytest.fixture(scope="module")
def texts(tmp_path_factory, sample):
    """A file of fifty texts, some of them long."""
    file = tmp_path_factory.mktemp("texts") / "texts.txt"
    said = [row["target"] for row in sample("facts")][:50]
    file.write_text("\n".join(text * (1 + i % 7) for i, text in enumerate(said)), "utf-8")
    return file


@pytest.fixture(scope="module")
def ran(texts):
    """Rows and progress of a small run."""
    told = []
    return encoding.run(texts, n=40, turns=2, progress=lambda *at: told.append(at)), told


def test_every_way_is_held_against_sentence_transformers_alone(ran):
    rows, told = ran
    assert [row["way"] for row in rows] == WAYS
    plain, before, ours, half, eighth = rows
    assert (plain["ratio"], plain["best_ratio"], plain["cpu_ratio"]) == (1, 1, 1)
    assert plain["least_cosine"] == pytest.approx(1, abs=1e-12)
    for row in (before, ours):
        assert row["least_cosine"] >= 1 - 1e-6
    assert half["least_cosine"] >= 0.999
    assert eighth["least_cosine"] < 0.999  # which is why nobody may use it
    assert half["apart_ppm"] > 10 * ours["apart_ppm"]
    for row in rows:
        assert row["least_cosine"] <= row["mean_cosine"] <= 1 + 1e-9
        assert row["low"] <= row["ratio"] <= row["high"]
        assert (row["n"], row["turns"]) == (40, 2)
    assert told == [(done, 10) for done in range(1, 11)]
    json.dumps(rows, allow_nan=False)


def test_padding_is_that_of_the_batches(encoder, ran):
    assert [row["padding"] is None for row in ran[0]] == [False] * 3 + [True] * 2
    even = encoding.padding(encoder, [f"word{'' if i % 2 else ' word'}" for i in range(320)])
    assert even == {"sentence-transformers": 0, "by length": pytest.approx(1 / 36), "nuonuo": 0}


def test_rows_come_back_in_the_order_of_the_texts(encoder, texts):
    said = texts.read_text("utf-8").splitlines()
    right = encoder.encode(said).cpu().numpy()
    plain = lambda some: encoder.encode(list(some)).cpu().numpy()  # noqa: E731
    np.testing.assert_array_equal(encoding.by_length(plain, said), right)
    np.testing.assert_allclose(encoding.by_tokens(encoding.Swift(encoder.model), said), right, atol=2e-6)


def test_what_cannot_be_measured_says_why(texts):
    with pytest.raises(ValueError, match=r"^n must lie between 1 and 100,000, got 0$"):
        encoding.run(texts, n=0)
    with pytest.raises(ValueError, match=r"^turns must lie between 1 and 100, got 0$"):
        encoding.run(texts, n=5, turns=0)
    with pytest.raises(ValueError, match=r"n must be at most 50, the texts of .*texts\.txt, got 51"):
        encoding.run(texts, n=51)
    letters = Encoder.of(lambda some: np.ones((len(some), 3)), "letters", 3)
    with pytest.raises(ValueError, match="encoder letters is no sentence-transformers model"):
        encoding.run(texts, n=5, encoder=letters)
