"""Lesson: attention is a memory. From a stored sentence's weight to the heads of a transformer."""

from nuonuo.figures.attention import amount
from nuonuo.studio.lessons.steps import Lesson, Scene, Step, Told
from nuonuo.studio.shell.answer import share
from nuonuo.studio.shell.words import quoted

KEY = "I locked myself out of the house, who has another key?"
DOG = "Who feeds the dog while we are away at grandma's?"
LOOK, SCALE = {"beta": 32.0}, round(384**-0.5, 3)


def _weights(before: Scene, after: Scene) -> Told:
    first = after.dial
    view = after.trace.answer
    return Told(
        f"The best match, {quoted(view.cue)}, has similarity {view.similarity:.2f} to the query. Softmax at β = 32 "
        f"makes weights of all {first.N} similarities: {amount(first.now.number)} memories share the attention."
    )


def _shared(before: Scene, after: Scene) -> Told:
    n, N = after.dial.now.number, after.dial.N
    right = 0 if n < before.dial.now.number else 1 if n < N / 2 else 2
    return Told(
        f"At β = 32, {amount(before.dial.now.number)} of {N} memories shared the attention; at β = 4 it is "
        f"{amount(n)}. β multiplies every similarity before the softmax: a small β makes them nearly equal.",
        right,
    )


def _winner(before: Scene, after: Scene) -> Told:
    n = after.dial.now.number
    first = after.trace.attended
    return Told(
        f"{amount(n)} of {after.dial.N} memories share it: {quoted(first.cue)} has almost all of the attention. A "
        "large β turns softmax into nearest neighbour: the largest weight goes to the largest similarity at any β.",
        0 if n < 1.5 else 1,
    )


def _scaled(before: Scene, after: Scene) -> Told:
    n, N = after.dial.now.number, after.dial.N
    return Told(
        f"At β = 1/√384 = {SCALE}, {amount(n)} of {N} memories share the attention: an average of everything. "
        f"Embeddings "
        "here have length 1. In a transformer queries and keys are long, and their lengths make up for the small β.",
        0 if n < 1.5 else 1 if n < N / 2 else 2,
    )


def _same(before: Scene, after: Scene) -> Told:
    trace = after.trace
    moved = float((trace.xi[1] - trace.xi[0]).norm())
    return Told(
        f"The update moved the query by {moved:.2f} (its length is 1), to the average of the memories weighted by p. "
        "PyTorch's scaled_dot_product_attention gives the same numbers: the differences stand below.",
    )


def _heads(before: Scene, after: Scene) -> Told:
    return Told(
        "Each cell of the grid is one head of the encoder that read your question, recomputed by the same equation "
        "from "
        "its own Q, K and V. What is not Hopfield in it: its values V differ from its keys K, and it makes one update."
    )


def _one_step(before: Scene, after: Scene) -> Told:
    trace = after.trace
    rest = trace.outcome.rest
    first = trace.attended
    lead = trace.candidates[rest.lead]
    return Told(
        f"At step 0 {quoted(first.cue)} has p = {share(first.weight)}; at rest {quoted(lead.cue)} has "
        f"p = {share(rest.weight)}. A transformer layer makes one update; a Hopfield network repeats it until "
        f"nothing moves.",
        0 if rest.weight > first.weight + 0.02 else 1,
    )


LESSON = Lesson(
    "attention",
    "Attention is a memory",
    "Why one update of a Hopfield network and one step of attention are the same sum.",
    {"q": KEY, "want": "Where is the spare house key?", "beta": 32.0},
    (
        Step(
            "attention",
            "A [[question|q]] is compared with every stored sentence. Each gets a [[weight p|bars]]; the weights sum "
            "to 1. That is attention, and it is also the first step of a [[recall|verdict]].",
            _weights,
        ),
        Step(
            "attention",
            "The slider [[β|log_beta]] says how sharply the weights prefer the best match. It stands at 32.",
            _shared,
            LOOK,
            "β falls from 32 to 4. How many memories then share the attention?",
            ("Fewer than before", "More, but fewer than half of them", "More than half of all"),
            {"beta": 4.0},
        ),
        Step(
            "attention",
            "Now the other way. The [[curve|dial]] shows how many memories share the attention at each β.",
            _winner,
            {"beta": 4.0},
            "At β = 200, what will the weights be?",
            ("One memory has almost all", "Several share it still"),
            {"beta": 200.0},
        ),
        Step(
            "attention",
            "A transformer divides by the square root of the size: β = 1/√d. Our sentences have d = 384 numbers.",
            _scaled,
            LOOK,
            f"With β = 1/√384 = {SCALE}, how many memories share the attention?",
            ("One", "Some, fewer than half", "More than half of all"),
            {"beta": 0.05},
        ),
        Step(
            "attention",
            "One update step replaces the query by the [[average of the memories|bars]], weighted by p. Ramsauer et "
            "al. (arXiv:2008.02217, Eq. 3) call it retrieval, a transformer calls it attention.",
            _same,
            LOOK | {"open": ["proof"]},
        ),
        Step(
            "home",
            "A memory repeats the update. The [[lines|settling]] show each candidate's weight, step by step.",
            _one_step,
            {"q": DOG, "want": "Who looks after the pets", "beta": 16.0},
            "When the state has come to rest, is the largest weight larger than at step 0?",
            ("Larger: one memory takes over", "About the same"),
            {"beta": 16.0, "steps": 8},
        ),
        Step(
            "attention",
            "The encoder that turned the sentences into embeddings is itself made of 72 such [[heads|heads]].",
            _heads,
            LOOK | {"open": ["heads"]},
        ),
    ),
)
