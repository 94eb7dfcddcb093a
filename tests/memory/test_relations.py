"""Specifies nuonuo/memory/relations.py."""

from dataclasses import FrozenInstanceError, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import (
    booleans,
    builds,
    data,
    integers,
    lists,
    none,
    sampled_from,
)

from nuonuo.memory import joining
from nuonuo.memory.mentions import form, occurrences, plain
from nuonuo.memory.records import About, Tie, record
from nuonuo.memory.references import names, references
from nuonuo.memory.relations import CODE, Link, Relation, Relations

S, M, R, T, H = Relation


def row(id, cue="x", target=None, cues=(), ties=(), **about):
    return replace(record(cue, target or f"answer {id}", cues, about=About(**about), ties=ties), id=id)


def links(relations):
    """All links of Relations, by what each memory says of its own."""
    ids = relations._memories["id"].tolist()
    return sorted({(k.source, k.to, k.relation, k.weight) for i in ids for k in relations.links(i)})


def of(*rows):
    return links(Relations.of(rows))


# What each relation is


def test_a_text_that_too_many_memories_share_links_none_of_them(monkeypatch):
    common = [row(i, "ok", "ok") for i in range(1, 7)]
    rare = [row(i, "rare", "rare") for i in range(7, 9)]
    assert len(of(*common, *rare)) == 6 * 5 + 2
    monkeypatch.setattr(joining, "EACH", 0)
    monkeypatch.setattr(joining, "LINKS", 6 * 6 + 2 * 2)  # a memory's own cue counts
    assert len(of(*common, *rare)) == 6 * 5 + 2
    monkeypatch.setattr(joining, "LINKS", 6 * 6 + 2 * 2 - 1)
    assert of(*common, *rare) == [(7, 8, T, 1), (8, 7, T, 1)]
    monkeypatch.setattr(joining, "EACH", 5)  # of 8 memories: 40
    assert len(of(*common, *rare)) == 6 * 5 + 2


def test_a_session_links_each_memory_to_three_on_either_side():
    found = of(*(row(i, session="s") for i in range(1, 7)))
    assert [link for link in found if link[0] == 3] == [
        (3, 1, S, 0.125), (3, 2, S, 0.25), (3, 4, S, 0.25), (3, 5, S, 0.125), (3, 6, S, 0.0625),
    ]  # fmt: skip
    assert len(found) == 2 * (5 + 4 + 3)


def test_a_session_is_in_order_of_position_then_of_storing():
    rows = [
        row(1, session="s", position=2),
        row(2, session="s"),
        row(3, session="s", position=1.5),
        row(4, session="t"),
    ]
    rows += [row(5, session="s", position=2), row(6, session="s"), row(7), row(8, session=" "), row(9)]
    next_to = {(a, b) for a, b, _, weight in of(*rows) if weight == 0.25}
    order = [3, 1, 5, 2, 6]
    assert next_to == {*pairwise(order), *pairwise(reversed(order))}


def test_a_text_mentions_every_memory_of_the_title_but_its_own():
    rows = [row(1, title="New York"), row(2, title="New York (film)"), row(3, "New York", "in New York", ["New York"])]
    assert of(*rows, row(4, "New York", title="New York")) == [(3, 1, M, 1), (3, 2, M, 1), (3, 4, M, 1)]


def test_of_titles_inside_one_another_the_longest_is_meant():
    rows = [row(1, title="New York"), row(2, title="New York City"), row(3, title="City Hall")]
    assert of(*rows, row(4, "in New York City")) == [(4, 2, M, 1)]
    assert of(*rows, row(4, "in New York City Hall")) == [(4, 2, M, 1), (4, 3, M, 1)]
    assert of(*rows, row(4, "in New York City of New York")) == [(4, 1, M, 1), (4, 2, M, 1)]
    assert of(*rows, row(4, "in New York City", title="New York City")) == []


def test_a_title_covers_a_shorter_one_only_while_a_memory_has_it():
    rows = [row(1, title="New York"), row(2, title="New York City"), row(3, "in New York City")]
    all_ = Relations.of(rows)
    assert links(all_.remove([2])) == [(3, 1, M, 1)]
    assert links(all_.remove([2]).append([rows[1]])) == [(3, 2, M, 1)]
    assert links(all_.replace(row(2, title="Boston"))) == [(3, 1, M, 1)]


def test_a_reference_means_the_first_memory_of_a_source():
    rows = [row(1, source="a/b.md", position=2), row(2, source="a/b.md", position=1), row(3, source="c/b.md")]
    rows += [row(4, source="a/b.md", position=1), row(5, "[x](b.md)")]
    assert of(*rows) == [(5, 2, R, 1), (5, 3, R, 1)]
    assert links(Relations.of(rows).remove([2])) == [(5, 3, R, 1), (5, 4, R, 1)]
    titled = [replace(one, about=replace(one.about, title="Hope")) for one in rows[:4]]
    assert of(*titled, row(5, "[[hope]]"), row(6, title="Hope")) == [(5, 2, R, 1), (5, 3, R, 1), (5, 6, R, 1)]


def test_the_longest_reading_of_a_reference_is_meant():
    rows = [row(1, title="C"), row(2, title="C#"), row(3, "[[C#]]")]
    assert of(*rows) == [(3, 2, R, 1)]
    assert of(rows[0], rows[2]) == [(3, 1, R, 1)]


def test_two_readings_of_one_place_are_both_meant():
    assert of(row(1, title="ABC-1"), row(2, source="ABC-1"), row(3, "[[ABC-1]]")) == [(3, 1, R, 1), (3, 2, R, 1)]


def test_a_pair_has_a_row_for_each_relation():
    rows = [row(1, "go", title="New York", source="ABC-1", session="s"), row(2, "ABC-1, New York", "go", session="s")]
    assert of(*rows) == [(1, 2, S, 0.25), (2, 1, M, 1), (2, 1, R, 1), (2, 1, S, 0.25), (2, 1, T, 1)]


def test_a_target_leads_to_the_memories_it_is_a_cue_of():
    rows = [row(1, "a", "b"), row(2, "b", "c"), row(3, "x", "a", ["b"]), row(4, "d", "d"), row(5, "B", "z")]
    assert of(*rows) == [(1, 2, T, 1), (1, 3, T, 1), (3, 1, T, 1)]


def test_the_stories_lead_from_sentence_to_sentence(sample):
    stories = sample("stories")
    rows = [row(i, one["cue"], one["target"], one["cues"]) for i, one in enumerate(stories)]
    pairs = {(i, j) for i, a in enumerate(stories) for j, b in enumerate(stories) if i != j and a["target"] == b["cue"]}
    assert {(a, b) for a, b, relation, _ in of(*rows) if relation == T} == pairs
    assert len(pairs) > 20


def test_a_tie_is_a_link_and_one_of_weight_0_takes_the_others_away():
    ties = [Tie(2, 0.3), Tie(1), Tie(4, 2), Tie(4, 3), Tie(9)]
    rows = [row(1, session="s", ties=ties), row(2, session="s", ties=[Tie(1, 0), Tie(3, 0), Tie(3, 5)])]
    rows += [row(3, session="s", ties=[Tie(1, 5), Tie(1, 0)]), row(4)]
    assert of(*rows) == [
        (1, 2, H, 0.3), (1, 2, S, 0.25), (1, 3, S, 0.125), (1, 4, H, 3), (2, 3, H, 5), (2, 3, S, 0.25), (3, 2, S, 0.25),
    ]  # fmt: skip


def test_a_tie_waits_for_its_memory():
    tied = row(1, ties=[Tie(2, 0.5)])
    assert of(tied) == []
    assert links(Relations.of([tied]).append([row(2)])) == [(1, 2, H, 0.5)]
    assert links(Relations.of([tied, row(2)]).remove([2])) == []


# What is handed out


def test_arrays_are_sorted_positions_and_cannot_be_written_to():
    rows = [row(7, session="s", ties=[Tie(3, 0.5)]), row(3, session="s"), row(5, title="New York"), row(4, "New York")]
    relations = Relations.of(rows)
    source, to, weight, code = relations.arrays()
    assert [a.dtype for a in (source, to, weight, code)] == [np.int64, np.int64, np.float32, np.int8]
    assert list(zip(source, to, weight, code, strict=True)) == [
        (0, 1, 0.25, 0),
        (0, 1, 0.5, 4),
        (1, 0, 0.25, 0),
        (3, 2, 1, 1),
    ]
    assert len(relations) == 4
    with pytest.raises(ValueError, match="read-only"):
        weight[0] = 0
    with pytest.raises(FrozenInstanceError):
        relations._texts = ()


def test_arrays_of_some_relations_have_those_alone():
    relations = Relations.of([row(1, session="s", ties=[Tie(2, 0.5)]), row(2, session="s")])
    assert relations.arrays([H, H])[3].tolist() == [CODE[H]]
    assert relations.arrays({S})[3].tolist() == [CODE[S]] * 2
    assert relations.arrays(["sequence"]) is relations.arrays((S,))
    assert [len(a) for a in relations.arrays([])] == [0] * 4


def test_links_of_one_memory_go_from_it_then_to_it():
    relations = Relations.of([row(1, ties=[Tie(2, 0.3)]), row(2, ties=[Tie(1)]), row(3, ties=[Tie(1, 2)])])
    assert relations.links(1) == [Link(1, 2, H, 0.3), Link(2, 1, H, 1), Link(3, 1, H, 2)]


def test_none_has_no_links():
    empty = Relations.of([])
    assert len(empty) == 0
    assert [a.dtype for a in empty.arrays()] == [np.int64, np.int64, np.float32, np.int8]
    assert links(Relations.of([row(1, session="s")]).remove([1])) == []


def test_a_wrong_id_is_an_error():
    relations = Relations.of([row(1)])
    with pytest.raises(ValueError, match=r"^there is no memory with id 2$"):
        relations.links(2)
    with pytest.raises(ValueError, match=r"^there is no memory with id 2$"):
        relations.replace(row(2))
    with pytest.raises(ValueError, match=r"^memory 1 must be added once, it is there already: replace it$"):
        relations.append([row(2), row(1)])
    with pytest.raises(ValueError, match="'near' is not a valid Relation"):
        relations.arrays(["near"])


def test_a_change_that_changes_nothing_makes_nothing_new():
    relations = Relations.of([row(1)])
    assert relations.append([]) is relations
    assert relations.remove([2]) is relations


# Laws

TITLES = [
    "New York",
    "New York City",
    "York City (film)",
    "of the",
    "東京塔",
    "a+b (c",
    "Hope",
    "Rene\u0301 M",
    "Ren\u00e9 M",
]
SOURCES = ["a/b.md", "c/b.md", "https://n.org/a", "ABC-1"]
SAYS = [*TITLES, "[[hope]]", "[x](b.md)", "https://n.org/a.", "ABC-1", "York", "City", "x", "Ren\u00e9 M", "東京塔へ"]
TEXTS = lists(sampled_from(SAYS), min_size=1, max_size=5).map(" ".join)
ABOUTS = builds(
    About,
    title=none() | sampled_from(TITLES),
    session=none() | sampled_from("st"),
    position=none() | sampled_from([0.0, 1.0, 2.0]),
    source=none() | sampled_from(SOURCES),
)
TIES = lists(builds(Tie, integers(1, 8), sampled_from([0.0, 0.3, 1.0])), max_size=2)
ROWS = builds(record, TEXTS, TEXTS, lists(TEXTS, max_size=2), about=ABOUTS, ties=TIES)


def numbered(rows, first=1):
    return [replace(one, id=first + i) for i, one in enumerate(rows)]


def same(a, b):
    for x, y in zip(a.arrays(), b.arrays(), strict=True):
        np.testing.assert_array_equal(x, y)
    assert links(a) == links(b)


@settings(max_examples=150)
@given(data())
def test_any_way_to_the_same_memories_gives_the_same_links(data):
    rows = numbered(data.draw(lists(ROWS, max_size=4)))
    gone, relations, next_id = [], Relations.of(rows), 5
    for _ in range(data.draw(integers(1, 6))):
        do = data.draw(sampled_from(["append", "remove", "replace", "put back"]))
        if do == "append":
            new = numbered(data.draw(lists(ROWS, max_size=3)), next_id)
            next_id += len(new)
            rows, relations = [*rows, *new], relations.append(new)
        elif do == "remove":
            ids = data.draw(lists(integers(1, next_id), max_size=3))
            gone += [one for one in rows if one.id in ids]
            rows, relations = [one for one in rows if one.id not in ids], relations.remove(ids)
        elif do == "replace" and rows:
            changed = replace(data.draw(ROWS), id=data.draw(sampled_from(rows)).id)
            rows = [changed if one.id == changed.id else one for one in rows]
            relations = relations.replace(changed)
        elif gone:
            rows, gone = sorted([*rows, *gone], key=lambda one: one.id), []
            relations = Relations.of(rows)
        if data.draw(booleans()):
            len(relations)  # what was joined before the next change must not stay
        same(relations, Relations.of(rows))


def test_the_links_before_a_change_stay_as_they_were():
    before = Relations.of([row(1, title="New York"), row(2, "New York")])
    was = links(before)
    before.remove([1]), before.append([row(3, "New York")]), before.replace(row(2))
    assert links(before) == was == [(2, 1, M, 1)]


def inside(place, others):
    return any(a <= place[0] and place[1] <= b and (a, b) != place for a, b in others)


def naive(rows):
    """Every pair of memories asked about every relation."""
    places = {one.id: place for place, one in enumerate(rows)}
    order = lambda one: (np.inf if one.about.position is None else one.about.position, places[one.id])  # noqa: E731
    titles = {form(one.about.title) for one in rows} - {None}
    called = {name for one in rows for name in names(one.about)}
    found = set()
    for a in rows:
        text = "\n".join(map(plain, [*a.cues, a.target]))
        said = [(t, (s, e)) for t in titles for _, _, s, e in occurrences([text], [t])]
        said = {t for t, place in said if not inside(place, [p for _, p in said])}
        told = [(key, (s, e)) for key, s, e in references(text) if key in called]
        told = {key for key, place in told if not inside(place, [p for _, p in told])}
        ties = {tie.to: tie.weight for tie in a.ties}
        for b in rows:
            if a is b:
                continue
            if a.about.session and a.about.session == b.about.session:
                line = sorted((one for one in rows if one.about.session == a.about.session), key=order)
                if (step := abs(line.index(a) - line.index(b))) <= 3:
                    found.add((a.id, b.id, S, 0.25 * 2.0 ** (1 - step)))
            if form(b.about.title) in said - {form(a.about.title)}:
                found.add((a.id, b.id, M, 1))
            if any(b is heads(rows, key, b, order) for key in told & set(names(b.about))):
                found.add((a.id, b.id, R, 1))
            if a.target in b.cues:
                found.add((a.id, b.id, T, 1))
            if ties.get(b.id) == 0:
                found -= {link for link in found if link[:2] == (a.id, b.id)}
            elif b.id in ties:
                found.add((a.id, b.id, H, ties[b.id]))
    return sorted(found)


def heads(rows, key, b, order):
    """The first memory that a key calls, of those of b's source."""
    if not b.about.source:
        return b
    return min((one for one in rows if one.about.source == b.about.source and key in names(one.about)), key=order)


@settings(max_examples=300)
@given(lists(ROWS, max_size=7))
def test_the_links_are_those_of_every_pair_asked_by_itself(rows):
    rows = numbered(rows)
    relations = Relations.of(rows)
    assert links(relations) == naive(rows)
    assert len(relations) == len(naive(rows))


@given(lists(ROWS, max_size=6))
def test_what_is_far_apart_in_age_is_linked_by_place(rows):
    """Ids need not rise with age."""
    rows = list(reversed(numbered(rows)))
    assert links(Relations.of(rows)) == naive(rows)


@pytest.mark.parametrize("title", ["a " * 50_000, "x" * 100_000, "(" * 1_000, "東" * 10_000, "[[" * 100])
def test_a_title_of_any_length_is_read(title):
    assert of(row(1, title=title), row(2, title)) == []
