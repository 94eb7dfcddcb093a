"""The two-minute demo: a lesson that runs by itself, for people who have no time to click."""

from nuonuo.debug.diagnosis import diagnose
from nuonuo.figures.attention import amount
from nuonuo.studio.lessons.hopping import ISLAND
from nuonuo.studio.lessons.steps import Lesson, Scene, Step, Told
from nuonuo.studio.plane.panel import PRESETS
from nuonuo.studio.shell.answer import share
from nuonuo.studio.shell.words import briefly, counted, ordinal, quoted

KEY = {"q": "I locked myself out of the house, who has another key?", "want": "Where is the spare house key?"}
PIPE = {"q": "A pipe burst, what do I close first?", "want": "Where do I turn off the water?"}
WELLS, PAIR, AVERAGE, _ = PRESETS.values()


def _recalled(before: Scene, after: Scene) -> Told:
    first = after.trace.answer
    return Told(f"Recalled: {quoted(first.target, 90)} It shares few words with the question.")


def _attends(before: Scene, after: Scene) -> Told:
    n = after.dial.now.number
    return Told(f"At β = {after.asking.beta:g}, {amount(n)} of {after.dial.N} memories share the attention.")


def _rests(before: Scene, after: Scene) -> Told:
    found = after.toy
    return Told(
        f"It rests after {counted(found.updates, 'update')}; {found.number:.1f} of {len(found.X)} patterns share its "
        f"attention."
    )


def _settles(before: Scene, after: Scene) -> Told:
    trace = after.trace
    lead = trace.candidates[trace.outcome.rest.lead]
    return Told(
        f"Damaged by noise as long as itself, it starts with p = {share(trace.answer.weight)} on the best memory and "
        f"rests on {quoted(lead.cue)}, p = {share(trace.outcome.rest.weight)}."
    )


def _links(before: Scene, after: Scene) -> Told:
    place = next((place for place, c in enumerate(after.trace.candidates, 1) if c.id == after.want), None)
    return Told(
        f"{quoted(after.trace.answer.title or '', 60)} is found by its words; the entry with the answer, which it "
        f"names, comes up {ordinal(place) if place else 'no further'}."
    )


def _missed(before: Scene, after: Scene) -> Told:
    assert after.want is not None
    found = diagnose(after.memory, after.trace, {after.want})
    return Told(f"The memory that was meant came {ordinal(found.rank or 0)}. {briefly(found.sentence)}")


LESSON = Lesson(
    "demo",
    "NuoNuo in two minutes",
    "A tour that runs by itself and can be stopped at any time.",
    KEY,
    (
        Step(
            "home", "A family's memories are stored as sentences. Somebody asks in other words.", _recalled, seconds=12
        ),
        Step(
            "attention",
            "Every memory gets a [[weight|bars]]. This sum is what a transformer calls attention.",
            _attends,
            {"beta": 32.0},
            seconds=11,
        ),
        Step(
            "attention",
            "A smaller [[β|log_beta]] makes it an average of everything.",
            _attends,
            {"beta": 4.0},
            seconds=10,
        ),
        Step(
            "plane",
            "In a plane one can see why: [[patterns|pattern]] dig wells, and a [[query|query]] runs downhill.",
            _rests,
            WELLS,
            seconds=12,
        ),
        Step("plane", "Patterns that are alike share a well: an average, no memory.", _rests, PAIR, seconds=10),
        Step("plane", "At a small β there is one well for all.", _rests, AVERAGE, seconds=9),
        Step(
            "settling",
            "Real sentences settle the same way, also from a [[damaged query|path]].",
            _settles,
            {"sigma": 1.0, "seed": 2, "steps": 6},
            seconds=12,
        ),
        Step(
            "hops",
            "Memories are linked. What is found first passes its attention on over the [[links|graph]].",
            _links,
            ISLAND,
            seconds=14,
        ),
        Step(
            "debug",
            "And when it fails, the page says [[why|verdict]]: every cause was checked by running the recall again.",
            _missed,
            PIPE,
            seconds=16,
        ),
        Step(
            "attention",
            "That is all there is to it: similarity, softmax, average. Now ask your own question.",
            _attends,
            {"beta": 32.0},
            seconds=14,
        ),
    ),
)
