"""Specifies nuonuo/debug/compare.py and suggest.py: the same questions asked in two ways."""

import json
from math import comb

import pytest

from nuonuo import Memory, Noise
from nuonuo.debug import suites
from nuonuo.debug.asking import Asking
from nuonuo.debug.compare import BROKEN, MENDED, RIGHT, WRONG, Pair, Side, compare, difference
from nuonuo.debug.queries import Question, read_questions, things
from nuonuo.debug.ranking import ranks
from nuonuo.debug.suggest import of_parts, suggest
from nuonuo.items import Item
from nuonuo.lab import locomo


def asked(number, a, b):
    return Pair(Question(str(number), f"question {number}", (number,), ()), a, b, 1)


PLAIN, WHITE = "plain cosine", "whitened 0.5"
PAIRS = [asked(1, (1,), (7,)), asked(2, (9,), (1,)), asked(3, (2,), (3,)), asked(4, (), (1,)), asked(5, (30,), (12,))]


def test_each_question_is_mended_broken_or_as_before():
    assert [pair.fate(5) for pair in PAIRS] == [BROKEN, MENDED, RIGHT, MENDED, WRONG]
    assert [pair.fate(20) for pair in PAIRS] == [RIGHT, RIGHT, RIGHT, MENDED, MENDED]


def test_the_difference_is_that_of_the_two_recalls():
    made = difference(PAIRS, 5)
    assert (made.recall_a, made.recall_b, made.n) == (2 / 5, 3 / 5, 5)
    assert made.gain == pytest.approx(1 / 5)
    assert made.low < made.gain < made.high
    assert ([pair.question.id for pair in made.mended], [pair.question.id for pair in made.broken]) == (
        ["2", "4"],
        ["1"],
    )
    assert made.p == 1.0
    assert not made.sure


def test_the_sign_test_is_the_binomials_two_tails():
    lopsided = [asked(i, (9,), (1,)) for i in range(10)] + [asked(10, (1,), (9,))]
    tail = sum(comb(11, k) for k in (0, 1)) / 2**11
    assert difference(lopsided, 5).p == pytest.approx(2 * tail)


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="there is nothing to compare: no question says what it expects"):
        difference([], 5)
    with pytest.raises(ValueError, match="within must be >= 1, got 0"):
        difference(PAIRS, 0)


@pytest.fixture(scope="module")
def questions(sample):
    return [Question(str(i), row["queries"][0], (), (row["cue"],)) for i, row in enumerate(sample("facts"))]


def test_two_settings_and_two_banks_are_compared_by_the_ranks_of_each(facts, questions, encoder, sample):
    nothing = Question("none", "What is the meaning of life?", (), ())
    pairs = compare(Side(facts, PLAIN), Side(facts, WHITE), [*questions, nothing])
    meant = [question.meant(facts) for question in questions]
    assert [pair.a for pair in pairs] == ranks(facts, questions, meant, whitened=False)
    assert [pair.b for pair in pairs] == ranks(facts, questions, meant)
    with_cues = Memory(encoder=encoder)
    with_cues.add_many([Item(row["cue"], row["target"], row["cues"]) for row in reversed(sample("facts"))])
    other = compare(Side(facts, WHITE), Side(with_cues, WHITE), questions)
    assert difference(other, 1).gain > 0  # paraphrases help; ids differ, texts do not
    same = difference(compare(Side(facts, WHITE), Side(facts, WHITE), questions), 1)
    assert (same.gain, same.mended, same.broken) == (0, (), ())


def test_other_keys_are_those_of_a_bank_made_so(facts, questions):
    made = Memory(encoder=facts.encoder, exponent=1.0)
    made.add_many([Item(row.cues[0], row.target) for row in facts])
    pairs = compare(Side(facts, "whitened 1"), Side(made, "whitened 1", Noise(sigma=1.0, seed=2)), questions)
    meant = [question.meant(made) for question in questions]
    assert [pair.a for pair in pairs] == ranks(made, questions, meant)
    assert [pair.b for pair in pairs] == ranks(made, questions, meant, noise=Noise(sigma=1.0, seed=2))


def test_what_broke_is_a_question_set_again(facts, questions, tmp_path):
    pairs = compare(Side(facts, WHITE), Side(facts, PLAIN), questions)
    broken = difference(pairs, 1).broken
    assert broken
    file = tmp_path / "regressions.jsonl"
    file.write_text("".join(json.dumps(pair.row(1)) + "\n" for pair in broken))
    assert read_questions(file) == [pair.question for pair in broken]
    row = broken[0].row(1)
    assert (row["rank_a"], row["change"]) == (1, "broken")
    assert row["rank_b"] > 1


def test_every_suggested_change_was_run(facts, questions):
    told = []
    made = suggest([(facts, questions, {})], Asking("", whitened=False), lambda *at: told.append(at), 1)
    assert told[-1][0] == told[-1][1] == len(told)
    by_words = {one.words: one for one in made.tried}
    half = by_words["Whiten the keys with strength 0.5"].pairs  # that is how the bank is made
    meant = [question.meant(facts) for question in questions]
    assert [pair.b for pair in half] == ranks(facts, questions, meant)
    assert {pair.a for pair in half} == set(ranks(facts, questions, meant, whitened=False))
    assert "Compare plain cosines" not in by_words  # it is so already
    assert "Store the further cues that came with the file" not in by_words  # there are none
    assert all(pair.a == pair.b for pair in made.cosine)
    answers = Memory(encoder=facts.encoder, exponent=0.0, centre=False)
    answers.add_many([Item(row.cues[0], row.target, (row.target,)) for row in facts])
    assert [pair.b for pair in by_words["Let each memory's answer bring it back too"].pairs] == ranks(
        answers, questions, [question.meant(answers) for question in questions]
    )


def test_the_best_change_mends_most_beyond_what_it_breaks(facts, questions):
    made = suggest([(facts, questions, {})], Asking("", whitened=False))
    worth = [len(d.mended) - len(d.broken) for d in (one.difference(1) for one in made.best(1))]
    assert worth == sorted(worth, reverse=True)
    assert made.honest_gain(1) <= max(one.difference(1).gain for one in made.tried) + 1e-9


def test_questions_that_expect_nothing_suggest_nothing(facts):
    with pytest.raises(ValueError, match="there is nothing to suggest from: no question says what it expects"):
        suggest([(facts, [Question("q", "Hm?", (), ())], {})], Asking(""))


def test_cues_that_came_with_a_locomo_file_are_suggested_as_the_lab_counts_them(tmp_path, sample, encoder):
    some = sample("facts")[:30]
    turns = [{"speaker": "Ana", "text": row["target"], "dia_id": f"D1:{i}"} for i, row in enumerate(some)]
    told = [[row["cue"], f"D1:{i}"] for i, row in enumerate(some)]
    qa = [{"question": row["queries"][0], "evidence": [f"D1:{i}"], "category": 1} for i, row in enumerate(some)]
    talk = {
        "sample_id": "own",
        "conversation": {"session_1": turns},
        "observation": {"session_1_observation": {"Ana": told}},
        "qa": qa,
    }
    (tmp_path / "talk.json").write_text(json.dumps([talk]))
    made = of_parts(suites.read_suite(tmp_path / "talk.json"), Asking(""))
    found = {one.words: one.difference(10) for one in made.tried}["Store the further cues that came with the file"]
    counted = {row["method"]: row for row in locomo.run(tmp_path / "talk.json", cues=True, encoder=encoder)}
    assert found.recall_a == pytest.approx(counted["default"]["recall@10"])
    assert found.recall_b == pytest.approx(counted["default+cues"]["recall@10"])


def test_a_text_that_two_memories_hold_is_one_thing_and_what_is_not_stored_counts(encoder):
    a, b = Memory(encoder=encoder), Memory(encoder=encoder)
    for memory in (a, b):
        memory.add_many([Item("Where is the tea?", "In the tin"), Item("Who has the key?", "Agnes")])
    b.add("What is in the green box?", "In the tin")
    tea = Question("1", "Where is the tea?", (), ("In the tin",))
    (pair,) = compare(Side(a, WHITE), Side(b, WHITE), [tea])
    assert (pair.a, pair.b, pair.expected) == ((1,), (1,), 1)
    gone = Question("2", "Who has the key?", (2, 999), ())
    assert difference(compare(Side(a, WHITE), Side(b, WHITE), [gone]), 1).recall_a == 0.5


def test_of_equals_the_first_stored_comes_first_as_in_a_recall(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([Item(f"cue {i // 2}", f"target {i}") for i in range(40)])
    asked = [Question(str(i), f"cue {i // 2}", (i + 1,), ()) for i in range(40)]
    found = ranks(memory, asked, things(asked, memory))
    assert [rank == (1,) for rank in found] == [memory.recall(q.query).answer.id == q.ids[0] for q in asked]


def test_one_turned_question_is_no_sure_difference():
    one = difference([asked(1, (9,), (1,))], 5)
    assert (one.gain, one.sure) == (1, False)
