"""Lesson: energy and basins, first in a plane where nothing is hidden, then for real sentences."""

from nuonuo.memory.outcome import Kind
from nuonuo.studio.lessons.steps import Lesson, Scene, Step, Told
from nuonuo.studio.plane.panel import PRESETS
from nuonuo.studio.shell.answer import share
from nuonuo.studio.shell.words import counted, quoted

WELLS, PAIR, AVERAGE, LONG = PRESETS.values()
MEETING = "What do we talk about at the start of the week?"


def _fall(before: Scene, after: Scene) -> Told:
    found = after.toy
    E = found.settling.energy.tolist()
    return Told(
        f"E falls from {E[0]:.3f} to {E[-1]:.3f} in {counted(found.updates, 'update')}. No update can raise it "
        "(Ramsauer et al., Theorem 1): drag the query anywhere and watch."
    )


def _side(before: Scene, after: Scene) -> Told:
    found = after.toy
    return Told(
        f"It rests on pattern {found.lead + 1}, in {counted(found.updates, 'update')}. The colours are basins: every "
        "start of one colour ends in the same place.",
        found.lead,
    )


def _merge(before: Scene, after: Scene) -> Told:
    found = after.toy
    right = {Kind.ONE: 0, Kind.SUBSET: 1, Kind.ALL: 2}[found.kind]
    return Told(
        f"From {before.toy.places} places of rest to {found.places}; the query's rest is shared by {found.number:.2f} "
        f"patterns. The β at which wells merge depends on how far apart the patterns are.",
        right,
    )


def _pair(before: Scene, after: Scene) -> Told:
    found = after.toy
    return Told(
        f"It rests between patterns 1 and 2: {found.number:.2f} patterns share its attention, p = {found.p[0]:.2f} and "
        f"{found.p[1]:.2f}. That is a metastable state: an average of a few similar patterns, and none of them.",
        2 if found.kind is not Kind.ONE else found.lead,
    )


def _split(before: Scene, after: Scene) -> Told:
    found = after.toy
    return Told(
        f"Now {found.number:.2f} patterns share the attention and there are {found.places} places of rest, where there "
        f"were {before.toy.places}. Similar patterns need a larger β to be told apart.",
        0 if found.kind is Kind.ONE else 1,
    )


def _long(before: Scene, after: Scene) -> Told:
    found = after.toy
    distance = (found.X - found.settling.xi[0]).norm(dim=1)
    near = int(distance.argmin())
    return Told(
        f"Pattern {near + 1} is closest (distance {float(distance[near]):.2f}), but it rests on pattern "
        f"{found.lead + 1}: "
        "the dot product favours long patterns. Embeddings are made unit vectors, so that this cannot happen.",
        found.lead,
    )


def _real(before: Scene, after: Scene) -> Told:
    rest = after.trace.outcome.rest
    right = {Kind.ONE: 0, Kind.SUBSET: 1, Kind.ALL: 2}[rest.kind]
    return Told(
        f"At β = 10, {rest.number:.1f} of {len(after.trace.candidates)} candidates share the attention at rest. These "
        "sentences differ in one word, so their patterns lie close together, as the pair in the plane did.",
        right,
    )


def _sharp(before: Scene, after: Scene) -> Told:
    rest = after.trace.outcome.rest
    lead = after.trace.candidates[rest.lead]
    right = "is" if lead.id == after.want else "is not"
    return Told(
        f"At β = 64 the state rests on {quoted(lead.cue)} (p = {share(rest.weight)}), which {right} the memory that "
        "was meant. A large β makes a recall sure of itself; it does not make it right.",
        0 if rest.kind is Kind.ONE else 1,
    )


MEANT = {"bank": "confusable", "q": MEETING, "want": "What is the Monday meeting about?", "steps": 8}
LESSON = Lesson(
    "energy",
    "Energy and basins",
    "Why a query comes to rest, where, and when it recalls an average instead of a memory.",
    WELLS,
    (
        Step(
            "plane",
            "Three [[patterns|pattern]] dig wells into the [[energy|plane]]. The [[query ξ|query]] runs down to a "
            "[[place of rest|rest]]. Drag it.",
            _fall,
        ),
        Step(
            "plane",
            "Lines between the colours part the basins. The query is put close to such a line.",
            _side,
            WELLS | {"toy_query": "0.35,0.1"},
            "The query moves to (−0.1, 0.35). On which pattern does it come to rest?",
            ("Pattern 1", "Pattern 2", "Pattern 3"),
            {"toy_query": "-0.1,0.35"},
        ),
        Step(
            "plane",
            "[[β|beta]] is 8: three wells.",
            _merge,
            WELLS,
            "β falls to 0.8. Where does the query then come to rest?",
            ("On one pattern", "Between two of them", "On the average of all"),
            AVERAGE,
        ),
        Step(
            "plane",
            "Patterns 1 and 2 are moved close together, three others stay far away.",
            _pair,
            WELLS,
            "A query near the two: where does it rest, at β = 8?",
            ("On pattern 1", "On pattern 2", "Between the two"),
            PAIR,
        ),
        Step(
            "plane",
            "The pair shares one well.",
            _split,
            PAIR,
            "Does β = 32 tell the two apart?",
            ("Yes, each gets a well of its own", "No"),
            PAIR | {"toy_beta": 32.0},
        ),
        Step(
            "plane",
            "So far all patterns were about as long. Now pattern 2 is longer than the others.",
            _long,
            WELLS,
            "The query is put right beside pattern 1. Where does it come to rest?",
            ("On pattern 1", "On pattern 2", "On pattern 3"),
            LONG,
        ),
        Step(
            "settling",
            "Real sentences, 384 numbers each, seen in a [[plane|path]] that holds only part of them. They are "
            "meetings of different weekdays, all alike.",
            _real,
            MEANT | {"beta": 64.0},
            "β falls to 10. What does the state rest on?",
            ("One memory", "Some similar ones", "The average of all candidates"),
            {"beta": 10.0},
        ),
        Step(
            "settling",
            "[[β|log_beta]] can be raised again.",
            _sharp,
            MEANT | {"beta": 10.0},
            "At β = 64, does the state rest on one memory?",
            ("Yes", "No"),
            {"beta": 64.0},
        ),
    ),
)
