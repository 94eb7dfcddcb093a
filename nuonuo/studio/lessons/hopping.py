"""Lesson: hopping. What comes up over links that has nothing in common with the question."""

from nuonuo.debug.diagnosis import diagnose
from nuonuo.studio.lessons.steps import Lesson, Scene, Step, Told, nth
from nuonuo.studio.shell.words import ordinal, quoted

SALT = "How did the composer of The Salt Hymns earn her living?"
BOAT = "Which package came with the mail boat?"
STORY = {"bank": "stories", "q": BOAT, "want": "The mail boat brought", "whiten": True}


def _place(scene: Scene) -> int:
    want = scene.want
    return next((place for place, c in enumerate(scene.trace.candidates, 1) if c.id == want), 0)


def _said(place: int) -> str:
    return f"{ordinal(place)} of the candidates" if place else "not among the candidates"


def _alone(before: Scene, after: Scene) -> Told:
    place, first = _place(after), after.trace.answer
    name = quoted(first.title or first.cue, 60)
    return Told(
        f"Ranked first is {name}. The entry that holds the answer, Ilse Varrow's, is {_said(place)}: it does not name "
        "The Salt Hymns, so neither meaning nor words can find it first.",
        0 if place == 1 else 1,
    )


def _linked(before: Scene, after: Scene) -> Told:
    was, now = _place(before), _place(after)
    found = next((c for c in after.trace.candidates if c.id == after.want), None)
    brought = f" Links bring it {found.association:.1f} of its score {found.total:.1f}." if found else ""
    return Told(
        f"Without links it was {_said(was)}, now it is {_said(now)}.{brought} The entry found first names it, and "
        "passes its attention on.",
        0 if now and (not was or now < was) else 1,
    )


def _stronger(before: Scene, after: Scene) -> Told:
    now, first = _place(after), after.trace.answer
    return Told(
        f"At γ = 40 it is {_said(now)}; first is still {quoted(first.title or first.cue, 60)}. What meaning and words "
        "put first keeps its place; links fill the ranks behind it.",
        0 if now == 1 else 1,
    )


def _chain(before: Scene, after: Scene) -> Told:
    hops = after.chain.hops
    last = hops[-1] if hops else None
    end = f"The {ordinal(len(hops))} hop recalls {quoted(last.target, 70)}, cosine {last.cosine:.2f}." if last else ""
    return Told(
        f"{len(hops)} hops without reading a text. {end} Each hop sends a code over all links at once and takes what "
        "comes out as the next cue.",
        2 if len(hops) >= 6 else 1 if len(hops) > 1 else 0,
    )


def _linear(before: Scene, after: Scene) -> Told:
    def worst(scene: Scene) -> float:
        return min((hop.cosine for hop in scene.chain.hops), default=0.0)

    return Told(
        f"The worst cosine of the chain is {worst(after):.2f} with Hebb's linear W, {worst(before):.2f} with a power. "
        "In this small bank of whitened codes the plain sum can be good enough; with thousands of links it is not.",
        0 if worst(after) < worst(before) - 0.05 else 1,
    )


def _plain(before: Scene, after: Scene) -> Told:
    assert after.want is not None
    place = diagnose(after.memory, after.trace, {after.want}).rank or 0
    return Told(
        f"By plain cosine it comes {ordinal(place)} of {len(after.memory)} entries. A longer list or a better encoder "
        "brings it no nearer: the question does not say who the composer is. A link does.",
        nth([place], 6, 21),
    )


ISLAND = {"bank": "island", "q": SALT, "want": "Ilse Varrow"}
LESSON = Lesson(
    "hopping",
    "Hopping",
    "How a memory calls up another that a search for the question would not find.",
    ISLAND,
    (
        Step(
            "hops",
            "The question names a work, its answer stands in another entry: that of the composer. "
            "[[γ|links]] weighs what links bring.",
            _alone,
            {},
            "Links off, γ = 0. Does the entry with the answer come first?",
            ("Yes", "No"),
            {"links": 0.0},
        ),
        Step(
            "hops",
            "An entry that names another is linked to it. What was found first passes its attention on, once, over the "
            "[[links|graph]].",
            _linked,
            {"links": 0.0},
            "Links on, γ = 12. Does the entry with the answer move up?",
            ("Yes", "No"),
            {"links": 12.0},
        ),
        Step(
            "hops",
            "Links could be given more weight still.",
            _stronger,
            {"links": 12.0},
            "At γ = 40, does the linked entry come before the one that was found?",
            ("Yes", "No"),
            {"links": 40.0},
        ),
        Step(
            "hops",
            "Links between codes lead on and on: in this bank each sentence of a story recalls the [[next|way]].",
            _chain,
            STORY | {"hops": 1},
            "How many hops does the chain make before it is lost?",
            ("One", "Two to five", "All six that are asked"),
            {"hops": 6},
        ),
        Step(
            "hops",
            "A hop is a sum over links, weighted by a [[separation|sep]] of the overlap. A power sharpens it; Hebb's "
            "W of 1949 is linear.",
            _linear,
            STORY | {"sep": "power"},
            "With the linear W, is the chain worse?",
            ("Clearly worse", "Hardly"),
            {"sep": "linear"},
        ),
        Step(
            "hops",
            "Back to the first question, asked as most systems do: plain cosine, no words, no links, no whitening.",
            _plain,
            {},
            "At which place is the entry that holds the answer?",
            ("Among the first five", "Sixth to twentieth", "Further down"),
            {"links": 0.0, "words": 0.0, "whiten": False},
        ),
    ),
)
