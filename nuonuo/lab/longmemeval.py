"""LongMemEval: how often the turns and sessions that answer a question are among the first recalled.

Wu et al., arXiv:2410.10813; files longmemeval_oracle.json, longmemeval_s.json and longmemeval_m.json. Retrieval only,
without a language model: every question has its own haystack, which is a bank of its turns; a session ranks as its best
turn. Questions whose id ends in _abs have no answer and are counted apart.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import fmean

from nuonuo.files.longmemeval import Instance, read, sentences
from nuonuo.lab import longmemeval_official
from nuonuo.lab.bounds import SEED, within
from nuonuo.maths.intervals import average
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import record

CUTS = (1, 5, 10)
ABSTENTION = "abstention"
BOUNDS = {"seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path,
    cues: bool = False,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    official: bool = False,
) -> list[dict]:
    """Rows method, question_type, level, recall@1, recall@5, recall@10, n, top_cosine.

    file: one of the published files. Methods: cosine, default, and with `cues` the default with each sentence of a turn
    as a further cue of it. level: turn or session; "all" sums the types that have answers. Of abstention questions
    only top_cosine, of the nearest turn, can be given. progress(done, done + 1) after each question, for the file's
    length is not known. official: by the authors' own protocol instead (lab/longmemeval_official.py), with other
    rows. Raises ValueError for a wrong file, naming the question, or for cues with the official protocol.
    """
    if official:
        if cues:
            raise ValueError("--official takes no --cues: the authors' protocol indexes turns and sessions as they are")
        return longmemeval_official.run(file, seed, encoder, progress)
    encoder, found = encoder or Encoder(), list[dict]()
    cosine = Asking(whitened=False).alone
    methods: list[tuple[str, Asking, bool]] = [("cosine", cosine, False), ("default", Asking(), False)]
    methods += [("default+cues", Asking(), True)] if cues else []
    for done, instance in enumerate(read(file), 1):
        for method, how, split in methods:
            found += recalls(instance, encoder, split, how, method, seed)
        if progress:
            progress(done, done + 1)
    return [row for method, _, _ in methods for row in table(method, [one for one in found if one["method"] == method])]


def recalls(instance: Instance, encoder: Encoder, split: bool, how: Asking, method: str, seed: int) -> list[dict]:
    """What one question recalled at both levels. split: sentences of a turn become cues. seed: of the bank."""
    about = {"method": method, "question_type": ABSTENTION if instance.abstains else instance.type}
    with closing(Memory(None, encoder, seed=seed)) as memory:
        items = [
            record(turn.text, cues=sentences(turn.text) if split else (), about=turn.about) for turn in instance.turns
        ]
        turn_of = dict(zip(memory.add_many(items), instance.turns, strict=True))
        trace = memory.recall(instance.question, how, k=len(items))
    ranked = [turn_of[candidate.id] for candidate in trace.candidates]
    top = {"top_cosine": trace.nearest.cosine}
    if instance.abstains:
        return [{**about, "level": "turn", **top}]
    sessions = list(dict.fromkeys(turn.session for turn in ranked))
    answers = sum(turn.answers for turn in instance.turns)
    rows = [{**about, "level": "session", **top, **at_cuts(sessions, instance.sessions)}]
    if answers:
        places = [i for i, turn in enumerate(ranked) if turn.answers]
        rows.append(
            {**about, "level": "turn", **top, **{f"recall@{k}": sum(p < k for p in places) / answers for k in CUTS}}
        )
    return rows


def at_cuts(ranked: Sequence[str], meant: frozenset[str]) -> dict[str, float]:
    """The share of what is meant among the first few."""
    return {f"recall@{k}": len(meant & set(ranked[:k])) / len(meant) for k in CUTS}


def table(method: str, found: list[dict]) -> list[dict]:
    """Means by question type and level, all types first."""
    answered = [one for one in found if one["question_type"] != ABSTENTION]
    rows = []
    for kind in ["all", *dict.fromkeys(one["question_type"] for one in found)]:
        for level in ("turn", "session"):
            pool = answered if kind == "all" else [one for one in found if one["question_type"] == kind]
            some = [one for one in pool if one["level"] == level]
            if not some:
                continue
            row = {"method": method, "question_type": kind, "level": level}
            for k in CUTS:
                name = f"recall@{k}"
                row[name] = None if kind == ABSTENTION else fmean(one[name] for one in some)
            if kind != ABSTENTION:
                last = average([one[f"recall@{CUTS[-1]}"] for one in some], "value", 0, 1)
                row |= {"low": last["low"], "high": last["high"]}
            rows.append({**row, "n": len(some), "top_cosine": fmean(one["top_cosine"] for one in some)})
    return rows
