"""LoCoMo: how often the turns that answer a question are among the first recalled.

Turn level, without a language model: each conversation is a bank, each turn a memory, and recall@k is the share of a
question's evidence among the k memories a recall ranks first, averaged over all questions.
"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from nuonuo.files.locomo import Conversation, read_locomo
from nuonuo.lab.bounds import SEED, within
from nuonuo.lab.ranking import WAYS, Places, Way, asked, gathered, places, summary
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import About, record

CUTS = (1, 5, 10)
METHODS = {{"words": "+ words"}.get(name, name): way for name, way in WAYS.items()}
BOUNDS = {"seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path,
    cues: bool = False,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows method, recall@1, @5, @10 each with its 95% interval as recall@k_low and recall@k_high, n (questions).

    Methods: cosine; bm25; whitened, the similarity of a bank's keys; + words, with BM25 beside it; default, a bank's
    own recall: whitened, words and links. With `cues` the same again, named …+cues, with each turn's observations as
    further cues. seed: of the banks. progress(done, total) after each conversation. Raises ValueError for a wrong file.
    """
    conversations, encoder = read_locomo(file), encoder or Encoder()
    if not any(conversation.questions for conversation in conversations):
        raise ValueError(f"{file} holds no question of categories 1 to 4 with evidence")
    rows: list[dict] = []
    kinds = (False, True) if cues else (False,)
    for number, facts in enumerate(kinds):
        parts = []
        for done, conversation in enumerate(conversations, 1):
            parts.append(found(conversation, encoder, facts, METHODS, seed))
            if progress:
                progress(number * len(conversations) + done, len(kinds) * len(conversations))
        named = "+cues" if facts else ""
        rows += [{"method": name + named, **summary(some, CUTS)} for name, some in gathered(parts).items()]
    return rows


def found(
    conversation: Conversation, encoder: Encoder, facts: bool, ways: Mapping[str, Way], seed: int = 0
) -> dict[str, list[Places]]:
    """The places of each question's evidence, by way. facts: observations become cues."""
    with closing(bank(conversation, encoder, facts, seed)) as memory:
        id_of = dict(zip(conversation.turns, memory.bank.ids, strict=True))
        needs = [tuple(frozenset({id_of[turn]}) for turn in sorted(q.evidence)) for q in conversation.questions]
        questions = asked(memory, [question.text for question in conversation.questions], needs)
        return {name: places(memory.bank, questions, way) for name, way in ways.items()}


def bank(conversation: Conversation, encoder: Encoder, facts: bool, seed: int = 0) -> Memory:
    """A conversation's turns as memories, with session and place. facts: observations become cues."""
    memory = Memory(None, encoder, name=conversation.name, seed=seed)
    told, abouts = conversation.facts if facts else {}, conversation.abouts
    memory.add_many(
        [
            record(text, cues=told.get(turn, ()), about=abouts.get(turn, About()))
            for turn, text in conversation.turns.items()
        ]
    )
    return memory
