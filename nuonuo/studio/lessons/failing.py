"""Lesson: why recall fails. Five causes on one household's memories, and what mends them."""

from nuonuo.debug.diagnosis import Diagnosis, diagnose
from nuonuo.memory.outcome import Kind
from nuonuo.studio.lessons.steps import Lesson, Scene, Step, Told
from nuonuo.studio.shell.answer import share
from nuonuo.studio.shell.words import briefly, ordinal, quoted

PIPE, DARK, DOG = "A pipe burst, what do I close first?", "It suddenly went dark", "How big is a portion for our dog?"
PETS = "Who feeds the dog while we are away at grandma's?"


def _found(scene: Scene) -> Diagnosis:
    assert scene.want is not None
    return diagnose(scene.memory, scene.trace, {scene.want})


def _rank(scene: Scene) -> int:
    return _found(scene).rank or len(scene.memory)


def _rival(before: Scene, after: Scene) -> Told:
    first = after.trace.answer
    return Told(
        f"First is {quoted(first.cue)}, the expected memory came {ordinal(_rank(after))}. "
        f"{briefly(_found(after).sentence)}",
        0 if _rank(after) == 1 else 1,
    )


def _meaning(before: Scene, after: Scene) -> Told:
    first = after.trace.answer
    return Told(
        f"By meaning alone first is {quoted(first.cue)}, and the expected memory comes {ordinal(_rank(after))} (with "
        f"words it was {ordinal(_rank(before))}). The word “close” had pulled another memory up; the meaning of "
        "“pipe” leads astray by itself.",
        0 if _rank(after) == 1 else 1,
    )


def _candidates(before: Scene, after: Scene) -> Told:
    return Told(
        f"Among k = 20 candidates it was {ordinal(_rank(before))}; now only two are passed on. "
        f"{briefly(_found(after).sentence)}",
        0 if _rank(after) > 2 else 1,
    )


def _noise(before: Scene, after: Scene) -> Told:
    first = after.trace.answer
    return Told(
        f"In noise σ = 1.5 first is {quoted(first.cue)}; without it {quoted(before.trace.answer.cue)}. "
        f"{briefly(_found(after).sentence)}",
        0 if first.id == before.trace.answer.id else 1,
    )


def _unrelated(before: Scene, after: Scene) -> Told:
    return Told(
        f"The memory that was meant is {ordinal(_rank(after))} of {len(after.memory)}. "
        f"{briefly(_found(after).sentence)} "
        "No β and no link between other memories can mend that: the words have to come from somewhere."
    )


def _average(before: Scene, after: Scene) -> Told:
    rest = after.trace.outcome.rest
    return Told(
        f"At β = 1 the first still has the largest weight, p = {share(after.trace.attended.weight)}, but "
        f"{rest.number:.1f} of {len(after.trace.candidates)} candidates share the attention at rest. The ranking is "
        "as it was; what is lost is the memory that the state settles on.",
        0 if rest.kind is not Kind.ONE else 1,
    )


LESSON = Lesson(
    "failing",
    "Why recall fails",
    "Causes that look alike from outside, told apart by running the recall again without them.",
    {"q": PIPE, "want": "Where do I turn off the water?"},
    (
        Step(
            "debug",
            "A [[question|q]] in other words than the memory that was [[meant|verdict]].",
            _rival,
            {},
            "Does the memory about turning off the water come first?",
            ("Yes", "No"),
        ),
        Step(
            "debug",
            "The ranking adds [[meaning, words and links|terms]].",
            _meaning,
            {},
            "By meaning alone, does the expected memory come first?",
            ("Yes", "No"),
            {"words": 0.0, "links": 0.0},
        ),
        Step(
            "debug",
            "Only k candidates reach the second stage.",
            _candidates,
            {"q": PETS, "want": "Who looks after the pets"},
            "With k = 2, does the memory about looking after the pets get lost?",
            ("Yes", "No"),
            {"k": 2},
        ),
        Step(
            "debug",
            "Noise is added to a query that works.",
            _noise,
            {"q": DOG, "want": "What food does the dog eat?"},
            "In noise σ = 1.5, seed 3: is the same memory recalled?",
            ("Yes", "No"),
            {"sigma": 1.5, "seed": 3},
        ),
        Step(
            "debug",
            "A question that shares neither words nor topic with what was meant.",
            _unrelated,
            {"q": DARK, "want": "Where is the fuse box?"},
        ),
        Step(
            "debug",
            "Last, a query that is ranked well.",
            _average,
            {"q": DOG, "want": "What food does the dog eat?"},
            "At β = 1, what does the state come to rest on?",
            ("An average", "That memory"),
            {"beta": 1.0},
        ),
    ),
)
