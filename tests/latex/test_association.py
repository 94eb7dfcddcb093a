"""Specifies nuonuo/latex/association.py: the numbers shown are those executed."""

import math
import re

import pytest

from nuonuo import Memory
from nuonuo.latex import association as formula
from nuonuo.memory.records import About, record

NUMBER = r"\(?(-?[\d.]*\d)\)?"
QUERIES = [
    "How did the composer of The Salt Hymns earn her living?",
    "Who was born first, the composer of The Salt Hymns or the fiddler who wrote the Low Water Waltz?",
    "How long did the flood last in which the founder of the Hollow Library lost his house?",
]


def numbers(pattern, text):
    found = re.search(pattern, text)
    assert found, text
    return [float(x) for x in found.groups()]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("asking", [{}, {"words": 0.25, "links": 4.0, "spread": 0.3}], ids=str)
def test_the_printed_numbers_give_the_printed_results(island, query, asking):
    trace = island.recall(query, **asking)
    c = formula.linked(trace)
    own, sent, total = formula.ranking(trace, c)
    similarity, mean, sd, w, bm25, s = numbers(
        rf"\\frac\{{{NUMBER} - {NUMBER}\}}\{{{NUMBER}\}} \+ {NUMBER} \\cdot {NUMBER} = {NUMBER}", own.latex
    )
    assert (similarity - mean) / sd + w * bm25 == pytest.approx(s, abs=0.02)
    beta, score, first, a = numbers(rf"\{{{NUMBER}\\,\({NUMBER} - {NUMBER}\)\}} = {NUMBER}", sent.latex)
    assert math.exp(beta * (score - first)) == pytest.approx(a, abs=2e-3)
    printed, gamma, result = numbers(rf"= {NUMBER} \+ {NUMBER}\\,\(.*\) = {NUMBER}", total.latex)
    pairs = re.findall(r"([\d.]+) \\cdot ([\d.]+)", total.latex)
    left_out = sum(one.attention * one.weight for one in c.senders[formula.LENGTH :])
    carried = sum(float(a) * float(p) for a, p in pairs) + left_out
    assert printed + gamma * carried == pytest.approx(result, abs=0.05)
    assert printed == pytest.approx(s, abs=0.011)


def test_they_are_the_numbers_of_the_trace(island):
    trace = island.recall(QUERIES[0], links=7.5, spread=0.4)
    c = formula.linked(trace)
    assert c.title == "Ilse Varrow"
    own, sent, total = formula.ranking(trace, c)
    assert f"{c.similarity:.4f}" in own.latex
    assert f"= {c.meaning + c.words:.2f}" in own.latex
    assert sent.latex.endswith(f"= {c.senders[0].attention:.3f}")
    assert "7.5" in total.latex
    assert total.latex.endswith(f"= {c.total:.2f}")


def test_a_sender_that_is_no_candidate_has_the_score_that_its_attention_came_from(island):
    trace = island.recall(QUERIES[0], k=1)
    whole = island.recall(QUERIES[0])
    sender = next(s for c in whole.candidates for s in c.senders if s.id != trace.answer.id)
    exact = formula.sent(island.recall(QUERIES[0], k=92), sender).latex
    assert formula.sent(trace, sender).latex == exact


def test_where_nothing_is_linked_the_score_stands_alone(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record("Where is the key?", "Under the pot."), record("Who is the vet?", "Dr. Varga.")])
    trace = memory.recall("the key")
    assert formula.linked(trace) is None
    (own,) = formula.ranking(trace, trace.answer)
    assert own.latex.startswith("s =")


def test_the_relation_matrix_stands_beside_the_update_with_the_numbers_executed(island):
    shown = formula.relation_attention(island.recall(QUERIES[0], links=3.5, spread=0.4, beta=17))
    assert r"S = s + 3.5\, P^\top e^{0.4(s - \max s)}" in shown.latex
    assert "64 in this bank" in shown.symbols
    assert "17 in the update" in shown.symbols


@pytest.mark.parametrize("title", ["Cost in $ and *stars*", None])
def test_no_text_of_a_person_gets_into_an_equation(encoder, title):
    memory = Memory(encoder=encoder)
    memory.add_many([record("It costs $5 *now*", about=About(title=title)), record("See Cost in $ and *stars* first")])
    trace = memory.recall("See what it costs first")
    for each in (*formula.ranking(trace, trace.candidates[-1]), formula.relation_attention(trace)):
        assert "stars" not in each.latex + each.symbols
        assert each.caption.count("$") % 2 == 0
