"""Specifies nuonuo/figures/association.py and association_codes.py."""

import pytest

from nuonuo import Memory
from nuonuo.explain.hops.activation import activation, name
from nuonuo.explain.hops.association import by_codes
from nuonuo.figures.association import MOST, VERBS, graph, graph_words, nth
from nuonuo.figures.association_codes import agreement, agreement_words
from nuonuo.figures.template import ACCENT, memory_color
from nuonuo.files.questions import read_questions, things
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import About, record
from tests.conftest import BANKS

SALT = "How did the composer of The Salt Hymns earn her living?"
MARKUP = "<b>Look</b> <a href='x'>at</a> %{x}"


@pytest.fixture(scope="module")
def reach(island):
    """What a question of the island reaches at γ."""
    asked = {q.query: q for q in read_questions(BANKS / "island-questions.jsonl")}

    def at(query=SALT, **asking):
        trace = island.recall(query, **asking)
        return activation(island.bank, trace, things([asked[query]], island)[0])

    return at


def texts(fig, narrow=False):
    notes = fig.layout.meta["narrow"]["annotations"] if narrow else [n.to_plotly_json() for n in fig.layout.annotations]
    return " ".join(note["text"] for note in notes)


@pytest.mark.parametrize("narrow", [False, True])
def test_the_graph_names_query_memories_ranks_and_what_the_link_brings(reach, narrow):
    said = texts(graph(reach(), SALT), narrow)
    for part in ("How did the composer of The Salt Hymns", "The Salt Hymns</b>", "Ilse Varrow</b>", "2nd", "+12.0"):
        assert part in said
    assert ("mentions +12.0" in said) is not narrow
    assert ("was 46th" if narrow else "without links 46th") in said


def test_memories_stand_where_they_stood_while_gamma_moves(reach):
    drawn = [graph(reach(links=gamma), SALT).data[3] for gamma in (0, 3, 20)]
    assert len({(tuple(t.x), tuple(t.y), tuple(c[0] for c in t.customdata)) for t in drawn}) == 1


def test_memories_have_their_colours_and_the_expected_a_mark(reach):
    seen = reach()
    dots = graph(seen, SALT).data[3]
    assert list(dots.marker.color) == [memory_color(n.id) for n in seen.nodes]
    assert [text == "✓" for text in dots.text] == [n.evidence for n in seen.nodes]
    assert sum(n.evidence for n in seen.nodes) == 2


def test_a_link_is_as_wide_as_what_it_carries_and_dotted_when_off(reach):
    def widths(gamma):
        return [s.line for s in graph(reach(links=gamma), SALT).layout.shapes if "C" in s.path]

    on, more, off = widths(6), widths(12), widths(0)
    assert 1 < on[0].width < more[0].width
    assert on[0].color == ACCENT
    assert {line.dash for line in off} == {"dot"}
    assert {line.width for line in off} == {1}


def test_hover_says_why(reach):
    seen = reach()
    _, links, _, dots = graph(seen, SALT).data
    assert "The Salt Hymns <b>mentions</b> Ilse Varrow" in links.text[0]
    assert "12 · 1.00 · 1.00 = <b>12.00</b>" in links.text[0]
    hover = next(c[1] for c in dots.customdata if "Ilse Varrow</b>, expected: 2nd" in c[1])
    assert "46th without links" in hover
    assert "The Salt Hymns mentions it, a = 1.00: +12.00" in hover


def test_words_tell_the_same(reach):
    said = graph_words(reach())
    assert "Found by meaning and words: 1st The Salt Hymns, expected" in said
    assert "2nd Ilse Varrow, expected, 46th without links, because The Salt Hymns mentions it, +12.0" in said
    assert reach(links=0).nodes
    assert "because The Salt Hymns mentions it, +0.0" in graph_words(reach(links=0))


def test_a_graph_without_links_has_one_column(stories, encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record("Where is the key?", "Under the pot."), record("Who is the vet?", "Dr. Varga.")])
    seen = activation(memory.bank, memory.recall("the key"))
    fig = graph(seen, "the key")
    assert "over links" not in texts(fig, narrow=True)
    assert len(set(fig.data[3].x)) == 1
    assert "Links bring nothing up" in graph_words(seen)


def test_links_in_every_direction_can_be_drawn_and_are_few(encoder):
    memory = Memory(encoder=encoder)
    rows = [record(f"Step {i} of the recipe", about=About(session="recipe", position=i)) for i in range(12)]
    memory.add_many(rows)
    fig = graph(activation(memory.bank, memory.recall("Step 3 of the recipe"), first=5), "Step 3")
    assert 0 < len(fig.data[1].x) <= MOST
    assert {"triangle-left", "triangle-right"} & set(fig.data[2].marker.symbol)
    assert len(fig.to_json()) < 60_000


def test_peoples_text_shows_as_typed(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record(f"about {MARKUP}", about=About(title=MARKUP)), record(f"it names {MARKUP} too")])
    seen = activation(memory.bank, memory.recall(MARKUP), (frozenset({1}),))
    fig = graph(seen, MARKUP)
    assert "<a href" not in fig.to_json()
    assert "&lt;b&gt;Look" in texts(fig)
    assert all("%{x}" not in (t.hovertemplate or "") for t in fig.data)


def test_every_relation_has_a_verb():
    assert set(VERBS) == set(Relation)


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (42, "42nd"), (1113, "1,113th")]
)
def test_ranks_are_said_short(n, said):
    assert nth(n) == said


def test_exact_and_by_codes_stand_at_their_numbers(island):
    trace = island.recall(SALT)
    brought = by_codes(island.bank, trace)
    names = {i: name(island.get(i)) for i in brought.ids}
    line, dots = agreement(brought, names).data
    assert list(dots.x) == brought.exact.tolist()
    assert list(dots.y) == brought.by_codes.tolist()
    assert [c[0] for c in dots.customdata] == list(brought.ids)
    assert list(line.x) == list(line.y)
    assert "Ilse Varrow" in dots.text
    said = agreement_words(brought, names)
    assert "Ilse Varrow 12.00 exactly" in said
    assert f"correlation is {brought.correlation:.2f}" in said
