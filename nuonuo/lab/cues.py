"""Cues: what do further cues for the same memory buy?

A memory may be stored with paraphrases that point at it, and scores as its best cue. The project's own household bank
with and without its paraphrase cues, asked with questions that are neither; and a LoCoMo file, if one is given, with
and without each turn's observations. NuoNuo ranks by meaning, words and links, as a bank's own recall does; beside it
plain cosine with the same cues.
"""

from collections.abc import Callable
from pathlib import Path

from nuonuo.files.locomo import Conversation, Question, read_locomo
from nuonuo.lab.bounds import SEED, within
from nuonuo.lab.locomo import found
from nuonuo.lab.material import sample
from nuonuo.lab.ranking import WAYS, gathered, recall
from nuonuo.maths.intervals import average, share
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.systems.lineup import NEAREST

CUTS = (1, 5, 10, 20)
SYSTEMS: dict[str, tuple[str, bool]] = {
    NEAREST: ("cosine", False),
    f"{NEAREST} + cues": ("cosine", True),
    "NuoNuo (default)": ("default", False),
    "NuoNuo + cues": ("default", True),
}
SMALL: dict = {}
PAGE: dict = {}
BOUNDS = {"seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows data, k, system, recall, low, high, n.

    file: a LoCoMo .json besides the project's own bank. recall: the share of a question's right memories among the
    first k, averaged. Raises ValueError for a wrong file.
    """
    data = {"household bank": [household()]}
    if file is not None:
        data[Path(file).name] = read_locomo(file)
    encoder, rows, done = encoder or Encoder(), list[dict](), 0
    for name, conversations in data.items():
        for system, (way, cued) in SYSTEMS.items():
            places = gathered(found(c, encoder, cued, {way: WAYS[way]}, seed) for c in conversations)[way]
            for k in CUTS:
                values = [recall(one, k) for one in places]
                counted = share(values) if set(values) <= {0.0, 1.0} else average(values, "recall", 0, 1)
                rows.append({"data": name, "k": k, "system": system, **counted})
            done += 1
            if progress:
                progress(done, len(data) * len(SYSTEMS))
            if keep:
                keep(rows)
    return rows


def household() -> Conversation:
    """The project's own bank in the form of a conversation: its paraphrase cues are the facts."""
    pairs = {str(i): pair for i, pair in enumerate(sample("facts"))}
    return Conversation(
        name="household bank",
        turns={i: pair.cue for i, pair in pairs.items()},
        facts={i: pair.cues for i, pair in pairs.items()},
        questions=tuple(Question(text, frozenset({i})) for i, pair in pairs.items() for text in pair.paraphrases),
    )
