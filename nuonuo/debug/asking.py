"""A question of a set, asked of a bank."""

import torch
from torch import Tensor

from nuonuo.files.questions import Question
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.trace import Trace


def ask(memory: Memory, question: Question, asking: Asking) -> Trace:
    """The recall of a question, by its own embedding where it has one; the Trace shows its text all the same."""
    own = question.embedding
    return memory.recall(question.query if own is None else torch.tensor(own), asking, question.query)


def ask_encoded(memory: Memory, question: Question, asking: Asking, x: Tensor) -> Trace:
    """`ask`, with the embedding (d,) of what is asked given: of its text after the noise on words, before Gaussian."""
    return memory.recall(x, asking, question.query)
