"""Report: what of a bank's texts no query can find, or finds twice; to be looked at after an import.

Cut short, unknown word pieces, scripts and languages, copies, near-duplicates, stubs and boilerplate, each with
examples.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import torch

from nuonuo.debug.language import language
from nuonuo.debug.saying import folded, script
from nuonuo.debug.text_checks import COPY, STRANGE
from nuonuo.debug.trying import copies
from nuonuo.files.longmemeval import sentences
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Progress
from nuonuo.memory.pieces import Count

STUB = 3  # words below which a text says too little to be found
OFTEN, FEWEST = 0.1, 5  # share of the texts, and number, in which the same sentence is boilerplate
MOST = 20_000  # memories of which every pair is compared; of more, so many that are drawn evenly
SHOWN = 5  # examples
BLOCK = 1_024
SAMPLE = 400  # texts whose language is looked at


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for."""

    name: str
    memories: int  # that have it
    share: float  # of all
    said: str  # what it means, with its numbers
    examples: tuple[tuple[int, str], ...]  # id and text


@dataclass(frozen=True)
class Report:
    """What was found in a bank of N memories."""

    bank: str
    memories: int
    findings: tuple[Finding, ...]  # only what was found, most first
    tongues: tuple[tuple[str, float], ...]  # languages or scripts and their share, most first

    @property
    def rows(self) -> list[dict]:
        """As flat rows."""
        names = ("name", "memories", "share", "said")
        return [{name: asdict(one)[name] for name in names} for one in self.findings]


def report(memory: Memory, progress: Progress | None = None) -> Report:
    """Look at all texts of a bank. progress(done, total) over the pairs that are compared."""
    rows, n = list(memory), len(memory)
    found: list[Finding | None] = []
    if memory.encoder and memory.encoder.pieces and n:
        counts = memory.encoder.pieces.count([row.cues[0] for row in rows])
        found += [_cut(rows, counts), _strange(rows, counts)]
    gone = set(copies(rows))
    alone = [i for i, row in enumerate(rows) if row.id not in gone]
    same = [row for row in rows if row.id in gone]
    found.append(
        _finding("copies", same, n, "They have the same text as a memory before them, but for case and blanks.")
    )
    found += [_near(memory, alone, progress), _stubs(rows), _boilerplate(rows)]
    made = sorted((one for one in found if one), key=lambda one: -one.memories)
    return Report(memory.name, n, tuple(made), _tongues([row.cues[0] for row in rows]))


def _finding(name: str, some: Sequence, n: int, said: str) -> Finding | None:
    examples = tuple((row.id, row.cues[0]) for row in some[:SHOWN])
    return Finding(name, len(some), len(some) / n, said, examples) if some else None


def _cut(rows: Sequence, counts: Sequence[Count]) -> Finding | None:
    some = [row for row, one in zip(rows, counts, strict=True) if one.cut]
    unread, every = sum(max(0, one.pieces - one.limit) for one in counts), sum(one.pieces for one in counts)
    never = f"{unread / max(every, 1):.0%} of all are never read"
    said = f"The encoder reads the first {counts[0].limit} word pieces: {never}."
    return _finding("cut short", some, len(rows), said)


def _strange(rows: Sequence, counts: Sequence[Count]) -> Finding | None:
    some = [row for row, one in zip(rows, counts, strict=True) if one.strange >= STRANGE]
    unknown, every = sum(one.unknown for one in counts), sum(one.pieces for one in counts)
    all_of = f"{unknown / max(every, 1):.0%} of all there are"
    said = f"The encoder does not know a fifth or more of their word pieces, {all_of}."
    return _finding("unknown word pieces", some, len(rows), said)


def _near(memory: Memory, alone: Sequence[int], progress: Progress | None) -> Finding | None:
    """Memories whose cue embeds as one before them does, though the text is another."""
    step = max(1, -(-len(alone) // MOST))
    some = alone[::step]
    rows, owners = list(memory), memory.bank.owner
    first = torch.searchsorted(owners, torch.tensor(some, device=owners.device)) if some else owners[:0]
    X = memory.bank.X[first]
    near: list[int] = []
    for start in range(0, len(some), BLOCK):
        block = X[start : start + BLOCK] @ X[: start + BLOCK].mT  # (b, start + b)
        before = (
            torch.arange(block.shape[1], device=X.device)
            < torch.arange(start, start + len(block), device=X.device)[:, None]
        )
        near += [start + i for i in ((block >= COPY) & before).any(1).nonzero()[:, 0].tolist()]
        if progress:
            progress(min(start + BLOCK, len(some)), len(some))
    drawn = "" if step == 1 else f" Of {len(some):,} that were drawn evenly."
    said = f"To the encoder they are the same as a memory before them (cosine {COPY} or more), in other words.{drawn}"
    return _finding("near-duplicates", [rows[some[i]] for i in near], len(memory), said)


def _stubs(rows: Sequence) -> Finding | None:
    some = [row for row in rows if len(row.cues[0].split()) < STUB and script(row.cues[0]) not in {"Cjk", "Hangul"}]
    return _finding("stubs", some, len(rows), f"They have fewer than {STUB} words: there is little to find them by.")


def _boilerplate(rows: Sequence) -> Finding | None:
    """Memories with a sentence that stands in many of them."""
    said = [set(map(folded, _sentences(row.cues[0]))) for row in rows]
    often = {
        text
        for text, count in Counter(t for some in said for t in some).items()
        if count >= max(FEWEST, OFTEN * len(rows))
    }
    some = [row for row, texts in zip(rows, said, strict=True) if texts & often and len(texts) > 1]
    shown = ", ".join(f"“{text[:60]}”" for text in sorted(often)[:2])
    return _finding("boilerplate", some, len(rows), f"A sentence that many share, such as {shown}, makes them alike.")


def _sentences(text: str) -> list[str]:
    return [one for one in sentences(text) if len(one.split()) > STUB]


def _tongues(texts: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """Languages of texts, or scripts where a language is not sure, with their share of those looked at."""
    every = list(texts)
    some = every[:: max(1, len(every) // SAMPLE)]
    counted = Counter(language(text) or f"{script(text)} script" for text in some)
    return tuple((name, count / len(some)) for name, count in counted.most_common())
