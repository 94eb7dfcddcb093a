"""Specifies nuonuo/debug/compare.py and suggest.py: the same questions asked in two ways."""

import json
from contextlib import closing
from dataclasses import replace
from math import comb

import pytest

from nuonuo import Memory, Noise
from nuonuo.debug.compare import BROKE, FIXED, RIGHT, WRONG, Pair, Side, compare, difference
from nuonuo.debug.ranking import ranks
from nuonuo.debug.rule import FIRST, Need, Rule
from nuonuo.debug.suggest import of_parts, suggest
from nuonuo.files import suites
from nuonuo.files.questions import Question, read_questions, things
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import record


def asked(number, a, b):
    return Pair(Question(str(number), f"question {number}", (number,), ()), a, b, 1)


PLAIN, WHITE = "plain cosine", "whitened 0.5"
PAIRS = [asked(1, (1,), (7,)), asked(2, (9,), (1,)), asked(3, (2,), (3,)), asked(4, (), (1,)), asked(5, (30,), (12,))]


def test_each_question_is_mended_broken_or_as_before():
    assert [pair.fate(Rule(5)) for pair in PAIRS] == [BROKE, FIXED, RIGHT, FIXED, WRONG]
    assert [pair.fate(Rule(20)) for pair in PAIRS] == [RIGHT, RIGHT, RIGHT, FIXED, FIXED]


def test_the_difference_is_that_of_the_two_recalls():
    made = difference(PAIRS, Rule(5))
    assert (made.recall_a, made.recall_b, made.n) == (2 / 5, 3 / 5, 5)
    assert made.gain == pytest.approx(1 / 5)
    assert made.low < made.gain < made.high
    assert ([pair.question.id for pair in made.fixed], [pair.question.id for pair in made.broke]) == (
        ["2", "4"],
        ["1"],
    )
    assert made.p == 1.0
    assert not made.sure


def test_the_sign_test_is_the_binomials_two_tails():
    lopsided = [asked(i, (9,), (1,)) for i in range(10)] + [asked(10, (1,), (9,))]
    tail = sum(comb(11, k) for k in (0, 1)) / 2**11
    assert difference(lopsided, Rule(5)).p == pytest.approx(2 * tail)


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="there is nothing to compare: no question says what it expects"):
        difference([], Rule(5))
    with pytest.raises(ValueError, match="within must be >= 1, got 0"):
        difference(PAIRS, Rule(0))


@pytest.fixture(scope="module")
def questions(sample):
    return [Question(str(i), row["queries"][0], (), (row["cue"],)) for i, row in enumerate(sample("facts"))]


def test_two_settings_and_two_banks_are_compared_by_the_ranks_of_each(facts, questions, encoder, sample):
    nothing = Question("none", "What is the meaning of life?", (), ())
    pairs = compare(Side(facts, PLAIN), Side(facts, WHITE), [*questions, nothing])
    meant = [question.meant(facts) for question in questions]
    assert [pair.a for pair in pairs] == ranks(facts, questions, meant, Asking(whitened=False))
    assert [pair.b for pair in pairs] == ranks(facts, questions, meant)
    with_cues = Memory(encoder=encoder)
    with_cues.add_many([record(row["cue"], row["target"], row["cues"]) for row in reversed(sample("facts"))])
    other = compare(Side(facts, WHITE), Side(with_cues, WHITE), questions)
    assert difference(other, FIRST).gain > 0  # paraphrases help; ids differ, texts do not
    same = difference(compare(Side(facts, WHITE), Side(facts, WHITE), questions), FIRST)
    assert (same.gain, same.fixed, same.broke) == (0, (), ())


def test_other_keys_are_those_of_a_bank_made_so(facts, questions):
    made = Memory(encoder=facts.encoder, exponent=1.0)
    made.add_many([record(row.cues[0], row.target) for row in facts])
    pairs = compare(Side(facts, "whitened 1"), Side(made, "whitened 1", Noise(sigma=1.0, seed=2)), questions)
    meant = [question.meant(made) for question in questions]
    assert [pair.a for pair in pairs] == ranks(made, questions, meant)
    assert [pair.b for pair in pairs] == ranks(made, questions, meant, Asking(noise=Noise(sigma=1.0, seed=2)))


def test_what_broke_is_a_question_set_again(facts, questions, tmp_path):
    pairs = compare(Side(facts, WHITE), Side(facts, PLAIN), questions)
    broken = difference(pairs, FIRST).broke
    assert broken
    file = tmp_path / "regressions.jsonl"
    file.write_text("".join(json.dumps(pair.row(FIRST)) + "\n" for pair in broken))
    assert read_questions(file) == [pair.question for pair in broken]
    row = broken[0].row(FIRST)
    assert (row["rank_a"], row["change"]) == (1, "broke")
    assert row["rank_b"] > 1


def test_every_suggested_change_was_run(facts, questions):
    told = []
    made = suggest([(facts, questions, {})], Asking(whitened=False), lambda *at: told.append(at), 1)
    assert told[-1][0] == told[-1][1] == len(told)
    by_words = {one.words: one for one in made.tried}
    half = by_words["Whiten the keys with strength 0.5"].pairs  # that is how the bank is made
    meant = [question.meant(facts) for question in questions]
    assert [pair.b for pair in half] == ranks(facts, questions, meant)
    assert {pair.a for pair in half} == set(ranks(facts, questions, meant, Asking(whitened=False)))
    assert "Compare plain cosines" not in by_words  # it is so already
    assert "Store the further cues that came with the file" not in by_words  # there are none
    alone = suggest([(facts, questions, {})], Asking(whitened=False).alone)
    assert all(pair.a == pair.b for pair in alone.cosine)
    assert [pair.b for pair in made.cosine] == [pair.a for pair in alone.cosine]
    without = by_words["Ask without words"].pairs
    assert [pair.b for pair in without] == ranks(facts, questions, meant, Asking(whitened=False, words=0.0))
    assert not [words for words in by_words if "link" in words]  # there are none
    answers = Memory(encoder=facts.encoder, exponent=0.0, centre=False)
    answers.add_many([record(row.cues[0], row.target, (row.target,)) for row in facts])
    assert [pair.b for pair in by_words["Let each memory's answer bring it back too"].pairs] == ranks(
        answers, questions, [question.meant(answers) for question in questions]
    )


def test_the_best_change_fixes_most_beyond_what_it_breaks(facts, questions):
    made = suggest([(facts, questions, {})], Asking(whitened=False))
    worth = [len(d.fixed) - len(d.broke) for d in (one.difference(FIRST) for one in made.best(FIRST))]
    assert worth == sorted(worth, reverse=True)
    assert made.honest_gain(FIRST) <= max(one.difference(FIRST).gain for one in made.tried) + 1e-9


def test_questions_that_expect_nothing_suggest_nothing(facts):
    with pytest.raises(ValueError, match="there is nothing to suggest from: no question says what it expects"):
        suggest([(facts, [Question("q", "Hm?", (), ())], {})], Asking())


def test_cues_that_came_with_a_locomo_file_are_suggested_as_recalls_count_them(tmp_path, sample, encoder):
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
    made = of_parts(suites.read_suite(tmp_path / "talk.json"), Asking())
    found = {one.words: one.difference(Rule(10)) for one in made.tried}[
        "Store the further cues that came with the file"
    ]
    (part,) = suites.read_suite(tmp_path / "talk.json")
    for items, recall in ((part.items, found.recall_a), (with_spare(part), found.recall_b)):
        with closing(Memory(encoder=encoder)) as memory:
            memory.add_many(items)
            found_at = [memory.recall(q.query).rank(q.ids[0]) for q in part.questions]
        assert recall == pytest.approx(sum((rank or 99) <= 10 for rank in found_at) / len(found_at))


def with_spare(part):
    """Its memories with all further cues that came with them."""
    return [replace(item, cues=(*item.cues, *more)) for item, more in zip(part.items, part.spare, strict=True)]


def test_a_text_that_two_memories_hold_is_one_thing_and_what_is_not_stored_counts(encoder):
    a, b = Memory(encoder=encoder), Memory(encoder=encoder)
    for memory in (a, b):
        memory.add_many([record("Where is the tea?", "In the tin"), record("Who has the key?", "Agnes")])
    b.add("What is in the green box?", "In the tin")
    tea = Question("1", "Where is the tea?", (), ("In the tin",))
    (pair,) = compare(Side(a, WHITE), Side(b, WHITE), [tea])
    assert (pair.a, pair.b, pair.expected) == ((1,), (1,), 1)
    gone = Question("2", "Who has the key?", (2, 999), ())
    assert difference(compare(Side(a, WHITE), Side(b, WHITE), [gone]), FIRST).recall_a == 0.5


def test_of_equals_the_first_stored_comes_first_as_in_a_recall(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record(f"cue {i // 2}", f"target {i}") for i in range(40)])
    asked = [Question(str(i), f"cue {i // 2}", (i + 1,), ()) for i in range(40)]
    found = ranks(memory, asked, things(asked, memory))
    assert [rank == (1,) for rank in found] == [memory.recall(q.query).answer.id == q.ids[0] for q in asked]


def test_one_turned_question_is_no_sure_difference():
    one = difference([asked(1, (9,), (1,))], Rule(5))
    assert (one.gain, one.sure) == (1, False)


def test_questions_that_all_turn_alike_are_as_sure_as_the_sign_test():
    """Their gains have no spread for a t interval to go by."""
    for n in range(1, 12):
        better = difference([asked(i, (9,), (1,)) for i in range(n)], Rule(5))
        worse = difference([asked(i, (1,), (9,)) for i in range(n)], Rule(5))
        assert better.sure == worse.sure == (better.p < 0.05) == (n >= 6)
        assert -1 <= better.low < better.gain == better.high == 1
        assert (worse.low, worse.high) == (-better.high, -better.low)
        assert not difference([asked(i, (1,), (1,)) for i in range(n)], Rule(5)).sure


def test_the_interval_alone_says_whether_a_difference_is_sure():
    """Shares turn where whole questions do not: the sign test sees nothing, the interval does."""
    halves = [Pair(Question(str(i), "two", (1, 2), ()), (1,), (1, 2), 2) for i in range(20)]
    still = Pair(Question("s", "two", (1, 2), ()), (1,), (1,), 2)
    made = difference([*halves, still, still], Rule(2, Need.ANY))  # any had come before, both come now
    assert (made.fixed, made.broke, made.p) == ((), (), 1.0)
    assert (made.gain, made.sure) == (pytest.approx(20 * 0.5 / 22), True)
    assert made.low > 0
