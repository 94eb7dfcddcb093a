"""Specifies the sample bank island: what one search misses there, one hop over mention links finds.

The ranking is computed here from its formula, with none of the engine but the encoder and the whitening, so that the
engine can be held against it:

    s = z(whitened) + ½ z(BM25)    a = exp(½ (s − max s)) over the top 20, else 0    S = s + γ Pᵀ a    P = D^(−1/2) L
"""

import json
import re
from collections import Counter
from functools import cache
from itertools import pairwise

import bm25s
import numpy as np
import pytest

from nuonuo.files.memories import read_items
from nuonuo.files.questions import read_questions
from nuonuo.maths import whitening
from tests.conftest import BANKS

ROWS = [json.loads(line) for line in (BANKS / "island.jsonl").read_text("utf-8").splitlines()]
ASKED = [json.loads(line) for line in (BANKS / "island-questions.jsonl").read_text("utf-8").splitlines()]
CUES, TITLES = [row["cue"] for row in ROWS], [row["title"] for row in ROWS]
EVIDENCE = [[CUES.index(cue) for cue in row["expected"]] for row in ASKED]
WITHIN = {"two-hop": 5, "comparison": 5, "three-hop": 10}  # where all evidence must be
SINGLE = ("cosine", "BM25", "whitened", "whitened + BM25")


@cache
def mentions(flags: int = 0) -> np.ndarray:
    """L (N, N): 1 where the title of entry j, of two words or more, stands in the text of entry i."""
    names = [re.sub(r"\s*\([^)]*\)$", "", title) for title in TITLES]
    links = np.zeros((len(CUES), len(CUES)))
    for j, name in enumerate(names):
        for i, cue in enumerate(CUES):
            links[i, j] = i != j and " " in name and bool(re.search(rf"\b{re.escape(name)}\b", cue, flags))
    return links


def standardised(scores: np.ndarray) -> np.ndarray:
    return (scores - scores.mean(1, keepdims=True)) / scores.std(1, keepdims=True)


def bm25(queries: list[str]) -> np.ndarray:
    words = bm25s.tokenize([*CUES, *queries], stopwords="english", return_ids=False, show_progress=False)
    engine = bm25s.BM25(k1=1.5, b=0.75, method="lucene", backend="numpy")
    engine.index(words[: len(CUES)], show_progress=False)
    return np.stack([engine.get_scores(each) for each in words[len(CUES) :]])


def spread(scores: np.ndarray, gamma: float) -> np.ndarray:
    """S of one query's s (N,); the first of s keeps its place."""
    links = mentions()
    P = links / np.sqrt(np.maximum(links.sum(1, keepdims=True), 1))
    top = np.argsort(-scores, kind="stable")[:20]
    a = np.zeros(len(scores))
    a[top] = np.exp(0.5 * (scores[top] - scores.max()))
    S = scores + gamma * P.T @ a
    S[scores.argmax()] = S.max() + 1
    return S


@pytest.fixture(scope="module")
def rankings(encoder):
    """The scores (questions, N) of each way to rank the entries; of the links, by γ."""
    queries = [row["query"] for row in ASKED]
    X, Q = encoder.encode(CUES).cpu(), encoder.encode(queries).cpu()
    white = whitening.fit(X, 0.5, 0.1)
    ways = {"cosine": Q @ X.mT, "whitened": white(Q) @ white(X).mT}
    found = {name: scores.double().numpy() for name, scores in ways.items()} | {"BM25": bm25(queries)}
    found["whitened + BM25"] = standardised(found["whitened"]) + 0.5 * standardised(found["BM25"])
    return found | {gamma: np.stack([spread(s, gamma) for s in found["whitened + BM25"]]) for gamma in (8, 10, 12)}


def ranks(scores: np.ndarray, number: int) -> list[int]:
    """The ranks of a question's evidence, from 1."""
    return [int((scores[number] > scores[number, i]).sum()) + 1 for i in EVIDENCE[number]]


def whole(scores: np.ndarray) -> float:
    """The share of the questions whose evidence is all among the first."""
    return float(np.mean([max(ranks(scores, n)) <= WITHIN[row["type"]] for n, row in enumerate(ASKED)]))


@pytest.mark.parametrize("way", SINGLE)
def test_one_search_finds_the_whole_evidence_of_few_questions(rankings, way):
    assert whole(rankings[way]) <= 0.3


@pytest.mark.parametrize("gamma", [8, 10, 12])
def test_one_hop_over_mentions_finds_the_whole_evidence_of_most(rankings, gamma):
    assert whole(rankings[gamma]) >= 0.8


def test_the_second_entry_of_most_two_hop_questions_is_beyond_the_first_five_of_every_search(rankings):
    hard = [
        all(ranks(rankings[way], n)[1] > 5 for way in SINGLE) for n, row in enumerate(ASKED) if row["type"] == "two-hop"
    ]
    assert np.mean(hard) > 0.75


def test_the_links_bring_the_opening_answer_from_beyond_the_first_ten_to_the_second_place(rankings):
    opening = json.loads((BANKS / "banks.json").read_text("utf-8"))[-1]["opening"]
    number = next(n for n, row in enumerate(ASKED) if row["query"] == opening["query"])
    assert EVIDENCE[number][1] == CUES.index(opening["wanted"])
    assert [ranks(rankings[way], number)[1] > 10 for way in SINGLE] == [True] * 4
    assert [ranks(rankings[gamma], number) for gamma in (8, 10, 12)] == [[1, 2]] * 3


def test_the_path_to_all_evidence_is_mentions():
    links = mentions()
    for row, evidence in zip(ASKED, EVIDENCE, strict=True):
        hops = [evidence[:2], evidence[2:]] if row["type"] == "comparison" else [evidence]
        assert all(links[i, j] for path in hops for i, j in pairwise(path)), row["query"]


def test_only_the_first_entry_is_named_in_a_question():
    for row, evidence in zip(ASKED, EVIDENCE, strict=True):
        named = {i for i, title in enumerate(TITLES) if " " in title and title in row["query"]}
        assert named == ({evidence[0], evidence[2]} if row["type"] == "comparison" else {evidence[0]})


def test_a_mention_is_one_in_any_case():
    np.testing.assert_array_equal(mentions(), mentions(re.IGNORECASE))


def test_entries_are_short_and_have_titles_of_their_own():
    assert 80 <= len(ROWS) <= 100
    assert len(set(TITLES)) == len(TITLES)
    for title, cue in zip(TITLES, CUES, strict=True):
        first, text = cue.split("\n")
        assert first == title
        assert 40 <= len(text.split()) <= 90, title


def test_the_set_of_questions_expects_stored_entries():
    stored = {item.cues[0] for item in read_items(BANKS / "island.jsonl")}
    questions = read_questions(BANKS / "island-questions.jsonl")
    assert Counter(row["type"] for row in ASKED) == {"two-hop": 20, "comparison": 5, "three-hop": 10}
    assert all(set(question.texts) <= stored and not question.ids for question in questions)
    assert [question.count for question in questions] == [len(evidence) for evidence in EVIDENCE]
