"""Specifies nuonuo/lab/locomo.py and nuonuo/files/locomo.py."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from nuonuo.files.locomo import read_locomo
from nuonuo.lab import locomo
from nuonuo.lab.material import read_lines
from nuonuo.lab.ranking import WAYS
from nuonuo.maths.words import Words
from nuonuo.memory.asking import Asking

LOCOMO = Path(__file__).parents[3] / "shared" / "data" / "locomo-dev.json"
SPOKEN = ("household", "neighbours")


@pytest.fixture
def file(sample, tmp_path):
    """A file in LoCoMo's schema: two conversations of made-up household talk."""
    facts = sample("facts")
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([conversation(facts[:30], SPOKEN[0]), conversation(facts[30:64], SPOKEN[1])]))
    return path


def conversation(facts, name):
    """Turns of ten a session, sessions out of order, every third fact an observation, and a question for each turn."""
    turns = [
        {"speaker": "Ada", "text": row["target"], "dia_id": f"D{i // 10 + 1}:{i % 10 + 1}"}
        for i, row in enumerate(facts)
    ]
    turns[4]["blip_caption"] = "a photo of a tin on a shelf"
    sessions = {f"session_{s + 1}": turns[10 * s : 10 * s + 10] for s in range(-(-len(turns) // 10))}
    observed = [[row["cue"], turn["dia_id"]] for row, turn in zip(facts[::3], turns[::3], strict=True)]
    observed.append(["Two things at once.", ["D1:2", "D2:3", "D9:99"]])

    def ask(i, evidence, category=1):
        question = (facts[i].get("queries") or [facts[i]["cue"]])[0]
        return {"question": question, "evidence": evidence, "category": category, "answer": ""}

    questions = [ask(i, [turn["dia_id"]], 1 + i % 4) for i, turn in enumerate(turns)]
    questions += [ask(1, ["D1:2; D2:3", "D1:5 D1:6"]), ask(2, ["D1:3", "D77:1"]), ask(3, ["D77:1"]), ask(4, [])]
    questions += [ask(5, ["D1:6"], 5), {"question": "What?", "category": 1, "answer": ""}]
    return {
        "sample_id": name,
        "conversation": {"speaker_a": "Ada", **dict(reversed(sessions.items())), "session_1_date_time": "1 May"},
        "observation": {"session_1_observation": {"Ada": observed}},
        "qa": questions,
    }


def test_turns_facts_and_questions_are_read_by_the_protocol(file, sample):
    first, second = read_locomo(file)
    assert (first.name, second.name) == SPOKEN
    assert list(first.turns)[:2] == ["D1:1", "D1:2"]
    assert list(first.turns)[-1] == "D3:10"
    assert first.turns["D1:1"] == f"Ada: {sample('facts')[0]['target']}"
    assert first.turns["D1:5"].endswith(" a photo of a tin on a shelf")
    assert first.facts["D1:2"] == ("Two things at once.",)
    assert first.facts["D2:3"][-1] == "Two things at once."
    assert first.facts["D1:1"] == (sample("facts")[0]["cue"],)
    assert "D9:99" not in first.facts
    assert len(first.questions) == 30 + 2
    assert first.questions[30].evidence == {"D1:2", "D2:3", "D1:5", "D1:6"}
    assert first.questions[31].evidence == {"D1:3"}


def whitened(X, rho_d=384):
    """Keys by the formula, in numpy and float64: (function of an embedding)."""
    n = len(X)
    rho = (rho_d / (n + rho_d)) ** 2
    S = np.cov(X.T, bias=True)
    scale = np.trace(S) / rho_d
    values, vectors = np.linalg.eigh(((1 - rho) * S + (rho + 0.1) * scale * np.eye(rho_d)) / scale)
    A = vectors * values**-0.25 @ vectors.T
    return lambda x: (
        (x - (1 - rho) * X.mean(0)) @ A / np.linalg.norm((x - (1 - rho) * X.mean(0)) @ A, axis=-1, keepdims=True)
    )


def by_brute_force(conversations, encode, method):
    """recall@1, @5, @10 over all questions, from full score matrices; links among the turns of a session."""
    scores, name = [], method.removesuffix("+cues")
    for c in conversations:
        rows = [
            (turn, text)
            for i, (turn, said) in enumerate(c.turns.items())
            for text in (said, *(c.facts.get(turn, ()) if method != name else ()))
        ]
        X, Q = encode([text for _, text in rows]), encode([q.text for q in c.questions])
        key = (lambda x: x) if name == "cosine" else whitened(X)
        z = key(Q) @ key(X).T
        z = (z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True)
        bm25 = Words.of([text for _, text in rows]).batch([q.text for q in c.questions]).double().numpy()
        turns = list(c.turns)
        owner = np.array([turns.index(turn) for turn, _ in rows])
        best = lambda of, owner=owner: np.stack(  # noqa: E731
            [of[:, owner == i].max(1) for i in range(owner.max() + 1)], 1
        )
        s = {"bm25": best(bm25), "cosine": best(z), "whitened": best(z)}.get(name, best(z) + 0.5 * best(bm25))
        if name == "default":
            s = linked(s, in_sessions(c))
        for question, row in zip(c.questions, s, strict=True):
            ranked = [turns[i] for i in np.argsort(-row, kind="stable")]
            scores.append([len(question.evidence & set(ranked[:k])) / len(question.evidence) for k in (1, 5, 10)])
    return np.mean(scores, 0), len(scores)


def in_sessions(c):
    """L of neighbours in a session, three on either side: a quarter, an eighth, a sixteenth."""
    return np.array([[near(a, b) for b in c.abouts.values()] for a in c.abouts.values()])


def near(a, b):
    gap = abs(a.position - b.position) if a.session == b.session else 0
    return 0.25 * 0.5 ** (gap - 1) if 1 <= gap <= 3 else 0.0


def linked(s, L):
    """S = s + 12·Pᵀa with the 3 best as senders, the first by s lifted to the front."""
    D = L.sum(1, keepdims=True)
    P = np.divide(L, np.sqrt(D), out=np.zeros_like(L), where=D > 0)
    least = np.sort(s, 1)[:, -min(3, s.shape[1])][:, None]
    a = np.where(s >= least, np.exp(0.15 * (s - s.max(1, keepdims=True))), 0.0)
    S = s + 12 * a @ P
    S[np.arange(len(s)), s.argmax(1)] = np.inf
    return S


PLAIN = ["cosine", "bm25", "whitened", "+ words", "default"]
FIELDS = ["method", *(f"recall@{k}{end}" for k in (1, 5, 10) for end in ("", "_low", "_high")), "n"]


def test_recall_is_what_brute_force_finds(file, encoder):
    encode = lambda texts: encoder.encode(texts).cpu().double().numpy()  # noqa: E731
    rows = locomo.run(file, cues=True, encoder=encoder)
    assert [row["method"] for row in rows] == [*PLAIN, *(f"{name}+cues" for name in PLAIN)]
    for row in rows:
        expected, n = by_brute_force(read_locomo(file), encode, row["method"])
        assert list(row) == FIELDS
        assert row["n"] == n
        assert [row["recall@1"], row["recall@5"], row["recall@10"]] == pytest.approx(expected), row["method"]
        assert 0.1 < row["recall@1"] < row["recall@5"] < 1
        for k in (1, 5, 10):
            assert row[f"recall@{k}_low"] < row[f"recall@{k}"] < row[f"recall@{k}_high"]


def test_a_batch_ranks_as_single_recalls_do(file, encoder):
    first = read_locomo(file)[0]
    assert singly(first, encoder, Asking()) == locomo.found(first, encoder, False, {"default": WAYS["default"]})


@pytest.mark.slow
@pytest.mark.skipif(not LOCOMO.is_file(), reason=f"needs five conversations of LoCoMo as {LOCOMO}")
def test_a_batch_ranks_a_real_conversation_as_single_recalls_do(encoder):
    first = read_locomo(LOCOMO)[0]
    assert singly(first, encoder, Asking()) == locomo.found(first, encoder, False, {"default": WAYS["default"]})


def singly(conversation, encoder, how):
    """The places of each question's evidence by one recall after another."""
    places = []
    with closing(locomo.bank(conversation, encoder, False)) as memory:
        id_of = dict(zip(conversation.turns, memory.bank.ids, strict=True))
        for question in conversation.questions:
            trace = memory.recall(question.text, how, k=len(memory))
            places.append(tuple(float(trace.rank(id_of[turn])) for turn in sorted(question.evidence)))
    return {"default": places}


def test_without_cues_there_are_five_methods_and_progress_counts_conversations(file, encoder):
    seen = []
    rows = locomo.run(file, encoder=encoder, progress=lambda done, total: seen.append((done, total)))
    assert [row["method"] for row in rows] == PLAIN
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.slow
@pytest.mark.skipif(not LOCOMO.is_file(), reason=f"needs five conversations of LoCoMo as {LOCOMO}")
def test_locomo_is_recalled_as_the_readme_says(encoder):
    at_ten = {row["method"]: row["recall@10"] for row in locomo.run(LOCOMO, cues=True, encoder=encoder)}
    assert at_ten["cosine"] == pytest.approx(0.503, abs=0.001)
    assert at_ten["default"] >= 0.70
    assert at_ten["default+cues"] >= 0.77


@pytest.mark.parametrize("content", ["{}x", "[1]", '[{"qa": []}]', '{"conversation": {}}', "3"])
def test_a_file_that_is_not_locomo_says_where_to_get_it(content, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(content)
    with pytest.raises(
        ValueError, match=r"odd\.json must be a LoCoMo file: get locomo10\.json from https://github\.com/snap"
    ):
        locomo.run(path)


def test_a_file_without_questions_texts_or_itself_is_refused(tmp_path):
    path = tmp_path / "a.json"
    with pytest.raises(
        ValueError, match=r"there is no file .*a\.json; LoCoMo is locomo10\.json from https://github\.com/snap"
    ):
        locomo.run(path)
    path.write_text("[]")
    with pytest.raises(ValueError, match=r"a\.json holds no conversation: get locomo10\.json"):
        locomo.run(path)
    path.write_text(json.dumps([{"sample_id": "x", "conversation": {}, "observation": {}, "qa": []}]))
    with pytest.raises(ValueError, match=r"a\.json holds no question of categories 1 to 4 with evidence"):
        locomo.run(path)
    path.write_text(" \n")
    with pytest.raises(ValueError, match=r"a\.json is empty: it must hold one text a line"):
        read_lines(path)
    path.write_bytes(b"ab\xff")
    with pytest.raises(ValueError, match=r"a\.json, line 1: must be UTF-8 text, but byte 3"):
        read_lines(path)
