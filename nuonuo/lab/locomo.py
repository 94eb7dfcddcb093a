"""LoCoMo: how often the turns that answer a question are among the first recalled.

Turn level, without a language model: each conversation is a bank, each turn a memory, and recall@k is the share of a
question's evidence among the k memories a recall ranks first, averaged over all questions.
"""

from pathlib import Path

from nuonuo.encoder import Encoder, Progress
from nuonuo.items import Item
from nuonuo.lab.data import Conversation, read_locomo
from nuonuo.memory import Memory

CUTS = (1, 5, 10)
PLAIN = {"exponent": 0.0, "centre": False}  # no whitening: similarity is cosine


def run(
    file: str | Path,
    cues: bool = False,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows method, recall@1, recall@5, recall@10, n (questions).

    Methods: cosine, the default settings of a bank, and with `cues` the default with each turn's observations as
    further cues. seed: of the banks. progress(done, total) after each conversation. Raises ValueError for a wrong file.
    """
    conversations, encoder = read_locomo(file), encoder or Encoder()
    methods: list[tuple[str, dict, bool]] = [("cosine", PLAIN, False), ("default", {}, False)]
    methods += [("default+cues", {}, True)] if cues else []
    rows = []
    for number, (method, settings, facts) in enumerate(methods):
        found: list[list[float]] = []
        for done, conversation in enumerate(conversations, 1):
            found += recalls(conversation, encoder, facts, seed=seed, **settings)
            if progress:
                progress(number * len(conversations) + done, len(methods) * len(conversations))
        if not found:
            raise ValueError(f"{file} holds no question of categories 1 to 4 with evidence")
        means = [sum(column) / len(found) for column in zip(*found, strict=True)]
        rows.append({"method": method, **{f"recall@{k}": m for k, m in zip(CUTS, means, strict=True)}, "n": len(found)})
    return rows


def recalls(
    conversation: Conversation, encoder: Encoder, facts: bool, cuts: tuple[int, ...] = CUTS, **settings
) -> list[list[float]]:
    """Recall at each cut of each question. facts: observations become cues. settings: of the bank."""
    memory = Memory(None, encoder, name=conversation.name, **settings)
    told = conversation.facts if facts else {}
    items = [Item(text, cues=told.get(turn, ())) for turn, text in conversation.turns.items()]
    turn_of = dict(zip(memory.add_many(items), conversation.turns, strict=True))
    asked = encoder.encode([question.text for question in conversation.questions])
    rows = []
    for question, embedding in zip(conversation.questions, asked, strict=True):
        ranked = [turn_of[c.id] for c in memory.recall(embedding, k=max(cuts)).candidates]
        rows.append([len(question.evidence & set(ranked[:k])) / len(question.evidence) for k in cuts])
    memory.close()
    return rows
