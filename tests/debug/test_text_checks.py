"""Specifies nuonuo/debug/text_checks.py and link_checks.py: each cause is provoked with the real encoder, and named."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from nuonuo import Memory
from nuonuo.debug.asking import ask
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import fixes
from nuonuo.debug.rule import FIRST, Rule
from nuonuo.files.memories import read_items
from nuonuo.files.questions import Question, read_questions, things
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import About, record

CASES = Path(__file__).parents[1] / "cases"
TURNS = [
    "Ben: How was your weekend?",
    "Ana: Lovely, we drove to the lake.",
    "Ben: Do you have a favourite band at the moment?",
    "Ana: The Northern Tides, I listen to nothing else!",
    "Ben: And what do you cook these days?",
    "Ana: Mostly soups, it is cold here.",
]


ALONE = Asking(words=0.0, links=0.0, whitened=False)  # by plain cosines


def found(memory, question, rule=FIRST, asking=None):
    """The diagnosis of a question, with its trace."""
    asking = asking or Asking()
    trace = ask(memory, question, asking)
    return trace, diagnose(memory, trace, things([question], memory)[0], rule)


def bank(encoder, items, copies=1):
    memory = Memory(encoder=encoder)
    for _ in range(copies):
        memory.add_many(items)
    return memory


def case(number, name):
    return read_items(next(CASES.glob(f"{number}_*{name}"))), read_questions(CASES / f"{number}_questions.jsonl")


def test_what_the_encoder_does_not_read_is_cut_short_and_its_part_mends_it(encoder):
    items, asked = case(20, "start.jsonl")
    with closing(bank(encoder, items)) as memory:
        for question in asked:
            trace, one = found(memory, question)
            assert one.verdict == "cut short"
            assert "The encoder reads 254 of its 45" in one.sentence
            assert "3 of 3 cues are cut short" in one.sentence
            best = fixes(memory, trace, question, one)[0]
            assert (best.kind in {"key", "everywhere"}, best.ranked) == (True, True)


def test_an_identifier_decides_where_words_do_not_count(encoder):
    items, asked = case(21, "identifiers.txt")
    with closing(bank(encoder, items)) as memory:
        missed = [(q, *found(memory, q, asking=Asking(words=0.0))) for q in asked]
        named = [(q, trace, one) for q, trace, one in missed if one.causes]
        assert named
        for question, trace, one in named:
            assert one.verdict == "an identifier decides"
            assert "w = 0" in one.sentence
            first = fixes(memory, trace, question, one)[0]
            assert (first.kind, first.ranked) == ("words", True)


def test_only_a_date_tells_two_answers_apart(encoder):
    items, (question,) = case(22, "stale.jsonl")
    with closing(bank(encoder, items)) as memory:
        _, one = found(memory, question)
        assert one.verdict == "stale twin"
        assert "(2024-02-01) comes before it (2024-09-15)" in one.sentence


def test_another_language_is_said_with_the_share_of_unknown_pieces(encoder):
    items, asked = case(23, "cjk.txt")
    with closing(bank(encoder, items)) as memory:
        for question in asked:
            _, one = found(memory, question)
            if one.causes:
                assert one.verdict == "another language"
                assert "does not know" in one.sentence


def test_copies_that_fill_the_first_places_are_folded(encoder):
    items = [record(text) for text in ("The red bicycle is in the shed", "The blue bicycle is at Ana's house")]
    with closing(bank(encoder, items[:1], copies=6)) as memory:
        memory.add_many(items[1:])
        question = Question("q", "Is the red bicycle in the shed or elsewhere?", (7,), ())
        trace, one = found(memory, question, Rule(5))
        assert one.verdict == "duplicates fill the first"
        fold = next(fix for fix in fixes(memory, trace, question, one) if fix.kind == "fold")
        assert fold.whole


def test_a_negation_that_the_encoder_does_not_see_is_named(encoder):
    texts = ["Dogs are allowed on the beach in winter", "In winter dogs are not allowed on our beach"]
    with closing(bank(encoder, [record(text) for text in texts])) as memory:
        asked = [
            "Not on the beach in winter: what is not allowed, dogs?",
            "Dogs allowed on the beach in winter, or not?",
        ]
        some = [found(memory, Question("q", query, (2,), ()), asking=ALONE)[1] for query in asked]
        assert {"negation or opposite"} == {one.verdict for one in some if not one.ranked}


def test_a_date_beside_the_text_is_not_compared_and_before_it_is(encoder):
    texts = [("We repaired the roof", "3 May 2021"), ("We repaired the roof and the gutter", "9 June 2023")]
    texts += [(f"We painted room {n}", f"{n} July 2022") for n in range(1, 9)]
    with closing(bank(encoder, [record(text, about=About(when=when)) for text, when in texts])) as memory:
        _, one = found(memory, Question("q", "What did we repair on 3 May 2021?", (1,), ()))
        assert not one.causes or one.verdict in {"date not in the text", "stale twin"}


def test_what_is_said_beside_it_is_its_context(encoder):
    items = [record(text, about=About(session="s", position=n)) for n, text in enumerate(TURNS)]
    with closing(bank(encoder, items)) as memory:
        question = Question("q", "Which band does Ana like most at the moment?", (6,), ())
        _, one = found(memory, question, asking=ALONE)
        assert "said in its context" not in {cause.cause for cause in one.causes} or "comes at rank" in one.sentence
        near = Question("q", "Ben asked: do you have a favourite band at the moment?", (4,), ())
        _, one = found(memory, near, asking=ALONE)
        assert "said in its context" in {cause.cause for cause in one.causes}
        assert any("“Ben: Do you have a favourite band" in cause.sentence for cause in one.causes)


def test_the_cause_of_each_missing_memory_is_named(encoder, island):
    asked = [Question("q", "What does the island export?", (i, j), ()) for i, j in ((1, 50), (2, 60))]
    for question in asked:
        _, one = found(island, question, Rule(5))
        assert len(one.missed) == one.wanted - one.recalled
        assert all(each.cause is not None for each in one.missed)


def test_any_of_several_is_enough_where_the_rule_says_so(encoder, island):
    best = island.recall("What does the island export?").answer.id
    question = Question("q", "What does the island export?", (best, next(i for i in island.bank.ids if i != best)), ())
    assert found(island, question, Rule(1, "any"))[1].ranked
    assert json.dumps([str(one.cause) for one in found(island, question, Rule(1, "all"))[1].causes]) != "[]"


@pytest.mark.parametrize("within", [0, -1])
def test_a_rule_counts_at_least_one_rank(within):
    with pytest.raises(ValueError, match=f"within must be >= 1, got {within}"):
        Rule(within)
