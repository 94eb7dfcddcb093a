"""Specifies nuonuo/engines/terms.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats

from nuonuo.engines.terms import LAST, NONE, Terms, dimension, stored
from nuonuo.maths.words import Words
from tests.maths.test_words import TEXT, TEXTS


def product(query, text):
    return sum(weight * text.get(at, 0.0) for at, weight in query.items())


@given(texts=TEXTS, query=TEXT)
def test_the_inner_product_of_the_two_vectors_is_bm25(texts, query):
    words = Words.of(texts)
    terms, expected = Terms.of(words), words.scores(query).tolist()
    assert [product(terms.query(query), text) for text in stored(words, words.mean)] == pytest.approx(
        expected, rel=1e-5
    )
    assert terms.scores(query, texts).tolist() == pytest.approx(expected, rel=1e-5)


@given(texts=TEXTS, query=TEXT, mean=floats(0.3, 30))
def test_texts_stored_with_another_mean_score_at_most_the_bound_too_low(texts, query, mean):
    words = Words.of(texts)
    terms = Terms.of(words)
    for text, exact in zip(stored(words, mean), words.scores(query).tolist(), strict=True):
        assert exact <= product(terms.query(query), text) * terms.bound(mean) * (1 + 1e-6)


def test_words_that_no_text_has_any_more_weigh_nothing():
    words = Words.of(["kiln glaze", "cone"])
    gone = words.keep(words.scores("kiln") == 0)
    assert Terms.of(gone).query("kiln glaze") == {}
    assert list(Terms.of(gone).query("cone glaze")) == [dimension("cone")]
    late = words.append(["later"])  # another state, which shares the vocabulary
    assert Terms.of(words).query("later") == {}
    assert list(Terms.of(late).query("later")) == [dimension("later")]


def test_two_words_of_one_dimension_are_told_apart_when_a_text_is_scored_anew(monkeypatch):
    monkeypatch.setattr("nuonuo.engines.terms.dimension", lambda word: 7)
    words = Words.of(["kiln glaze", "cone", "kiln cone cone"])
    terms, exact = Terms.of(words), words.scores("kiln").numpy()
    rough = np.array([product(terms.query("kiln"), text) for text in stored(words, words.mean)])
    assert (rough >= exact - 1e-6).all()
    assert rough[1] > exact[1] == 0
    assert terms.scores("kiln", ["kiln glaze", "cone", "kiln cone cone"]) == pytest.approx(exact)


def test_a_dimension_is_one_that_milvus_has_and_the_same_in_every_process():
    assert all(NONE < dimension(word) <= LAST for word in ("kiln", "窑炉", "x" * 10_000))
    assert dimension("kiln") == 3_911_661_382
    assert list(stored(Words.of(["the of"]), 1.0)) == [{NONE: 1.0}]
