"""Lesson: separate, then complete. What codes do to similar sentences, and why the state settles first."""

from nuonuo.studio.lessons.steps import Lesson, Scene, Step, Told, nth
from nuonuo.studio.shell.words import quoted

SNOW = "It will snow tomorrow, where are the tyres for the car?"
SILVER = "What does the little silver key open?"


def _fires(before: Scene, after: Scene) -> Told:
    codes = after.codes
    return Told(
        f"{codes.winners} of {codes.units:,} units fire, {codes.winners / codes.units:.1%}. The query shares "
        f"{codes.answer.shared} of them with the code of {quoted(after.trace.answer.cue)}."
    )


def _overlap(before: Scene, after: Scene) -> Told:
    found, cosine = after.codes, after.trace.answer.cosine
    share = found.answer.shared / found.winners
    return Told(
        f"Their sentences have cosine {cosine:.2f}, their codes share {found.answer.shared} of {found.winners} units "
        f"({share:.0%}). Codes make similar things less similar: they separate.",
        nth([share], 0.1, 0.5),
    )


def _noisy(before: Scene, after: Scene) -> Told:
    was, now, k = before.codes.answer.shared, after.codes.answer.shared, after.codes.winners
    return Told(
        f"The shared units fall from {was} to {now} of {k}. A damaged query has almost none of the code of its memory: "
        "separation by itself makes recall fragile.",
        0 if now < was / 2 else 1,
    )


def _completes(before: Scene, after: Scene) -> Told:
    found = after.codes
    share = found.common / found.winners
    return Told(
        f"The query itself shares {found.answer.shared} units with that code, its settled state {found.common} of "
        f"{found.winners}. So the state settles first, in the space of embeddings, and is made a code afterwards.",
        nth([share], 0.5, 0.9),
    )


def _average(before: Scene, after: Scene) -> Told:
    found = after.codes
    return Told(
        f"At β = 4 the state averages {after.trace.outcome.rest.number:.0f} of {len(after.trace.candidates)} "
        f"candidates when it rests, and after three updates shares {found.common} of {found.winners} units with the "
        "first of them. The code of an average is not the code of a memory.",
        0 if found.common > 0.9 * found.winners else 1,
    )


def _wider(before: Scene, after: Scene) -> Told:
    was = before.codes.answer.shared / before.codes.winners
    now = after.codes.answer.shared / after.codes.winners
    return Told(
        f"With 250 winners the query and its memory share {now:.0%} of their units; with 50 it was {was:.0%}. It is "
        "settling that completes a code, not its size.",
        0 if now > was + 0.1 else 1,
    )


def _alike(before: Scene, after: Scene) -> Told:
    found = after.codes
    line = max(found.lines[3:], key=lambda line: line.shared)
    return Told(
        f"The code of {quoted(line.text)} shares {line.shared} of {found.winners} units with the query's, the right "
        f"memory's {found.answer.shared}. Sentences that differ in one word still collide; whitening is what keeps "
        "them as far apart as they are.",
    )


LESSON = Lesson(
    "separate",
    "Separate, then complete",
    "What winner-take-all codes are for, what noise does to them, and why settling comes first.",
    {"q": SNOW, "want": "Where are the winter tyres?"},
    (
        Step(
            "codes",
            "Each [[line|raster]] is a code: of thousands of units only the few that score highest fire. The first "
            "line is the query's.",
            _fires,
        ),
        Step(
            "codes",
            "The query and the memory that it finds are different sentences about one thing.",
            _overlap,
            {},
            "How many of their units do they share?",
            ("Less than a tenth", "A tenth to a half", "More than half"),
        ),
        Step(
            "codes",
            "Now the query is damaged: noise as long as the query itself is added (σ = 1).",
            _noisy,
            {},
            "What happens to the units that it shares with its memory?",
            ("More than half of them are lost", "Most of them stay"),
            {"sigma": 1.0, "seed": 1},
        ),
        Step(
            "codes",
            "The second line is the code of the [[settled state|raster]]: the noisy query after three updates.",
            _completes,
            {"sigma": 1.0, "seed": 1, "beta": 4.0},
            "β is set back to 32. How many of the memory's units does the settled state fire?",
            ("Less than half", "More than half, not nearly all", "Nearly all"),
            {"beta": 32.0},
        ),
        Step(
            "codes",
            "Settling completes only if it comes to rest on one memory.",
            _average,
            {},
            "At β = 4, does the settled state have the code of the first memory?",
            ("Yes", "No"),
            {"beta": 4.0},
        ),
        Step(
            "codes",
            "[[k|winners]] units fire. More could.",
            _wider,
            {"sigma": 0.5, "seed": 1},
            "With 250 winners in place of 50, does the noisy query share a larger part of its units with its memory?",
            ("Clearly larger, by ten percent or more", "Hardly"),
            {"winners": 250},
        ),
        Step(
            "codes",
            "Last, a bank of sentences that are hard to tell apart.",
            _alike,
            {"bank": "confusable", "q": SILVER, "want": "What does the small steel key open?"},
        ),
    ),
)
