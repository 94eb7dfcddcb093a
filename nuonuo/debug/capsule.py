"""Capsule: one recall in one file that reopens, replays and reproduces anywhere.

The question with its settings and seed, the verdict, the Trace and an excerpt of the bank, as JSON. The excerpt keeps
ids and the bank's own whitening, so every key, similarity and weight is what it was. What rests on all memories (the
rank, and how far a cosine stands out) is kept true instead of saved: the excerpt grows until its verdict and rank are
those of the whole bank.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nuonuo.debug import capsule_json as parts
from nuonuo.debug.asking import Asking
from nuonuo.debug.diagnosis import Diagnosis, diagnose
from nuonuo.debug.queries import Question
from nuonuo.encoder import DEFAULT, Encoder
from nuonuo.index import of_memories
from nuonuo.memory import Memory
from nuonuo.noise import Noise
from nuonuo.rows import check_file
from nuonuo.store import Row, Store
from nuonuo.trace import Trace
from nuonuo.whitening import Whitening

FORMAT = 1
FEWEST, MOST = 50, 2_000  # memories of an excerpt


@dataclass(frozen=True, eq=False)
class Capsule:
    """One recall with all it rests on."""

    bank: str  # the name of the bank that was asked
    asking: Asking
    meant: tuple[int, ...]  # ids of which any is right
    texts: tuple[str, ...]  # cues or targets that are right too: how a memory that was not stored yet is known
    verdict: str
    sentence: str  # of the verdict; empty if it is "right"
    rank: int | None  # of the meant memory among all memories of the bank
    verdict_here: str  # on the excerpt: another only if no excerpt of 2,000 memories gives the same
    meta: dict[str, Any]  # what the bank was made with
    trace: Trace
    whitening: Whitening
    memories: tuple[Row, ...]  # the excerpt, oldest first

    @property
    def whole(self) -> bool:
        """Whether it holds the whole bank."""
        return len(self.memories) == self.trace.bank["memories"]

    def meant_in(self, memory: Memory) -> frozenset[int]:
        """The memories of a bank that are right; -1 stands for one that is not stored."""
        return Question("", self.asking.query, self.meant, self.texts).meant(memory)

    def open(self, path: str | Path | None = None, encoder: Encoder | None = None, device: str = "auto") -> Memory:
        """The excerpt as a new bank: a file at path, or in this process only.

        encoder: the bank's, where it is loaded already. Raises ValueError if it is another one, if the bank's cannot be
        loaded here, or if there is a file at path.
        """
        if path is None:
            with (
                TemporaryDirectory() as folder,
                closing(self.open(Path(folder) / "excerpt.nuonuo", encoder, device)) as file,
            ):
                memory = file.copy()
            memory.name = self.bank
            return memory
        if Path(path).exists():
            raise ValueError(f"bank {path} cannot be made: there is a file of that name")
        encoder = self._encoder(encoder, device)
        w = self.whitening
        with closing(Store(path, self.meta)) as store:
            matrix = None if w.matrix is None else w.matrix.cpu().numpy()
            store.save_whitening(w.n, w.shrinkage, w.mean.cpu().numpy(), matrix)
            store.restore(self.memories)
        return Memory.open(path, encoder, device)

    def _encoder(self, given: Encoder | None, device: str) -> Encoder | None:
        name, d = self.meta["encoder"], self.meta["dimension"]
        if given is None and name not in {None, DEFAULT}:  # a stranger's file must not choose what is loaded
            raise ValueError(f"the capsule was made with encoder {name!r}: load it and hand it over")
        try:
            encoder = Encoder(name, device) if given is None and name is not None else given
            made = (encoder.name, encoder.dimension) if encoder else (None, d)
        except ValueError as reason:
            raise ValueError(f"encoder {name!r} of the capsule cannot be loaded here: {reason}") from reason
        if made != (name, d):
            raise ValueError(f"encoder of the capsule is {name!r} of dimension {d}, got {made[0]!r} of {made[1]}")
        return encoder

    def to_json(self) -> str:
        """The whole capsule as JSON text, a field a line; `from_json` reads it."""
        row = {"format": FORMAT} | {f.name: getattr(self, f.name) for f in fields(self)}
        row["asking"] = parts.of_asking(self.asking)
        row["trace"] = json.loads(self.trace.to_json())
        row["whitening"] = parts.of_whitening(self.whitening)
        row["memories"] = [parts.of_memory(m) for m in self.memories]
        lines = (f'"{name}": {json.dumps(value, ensure_ascii=False, allow_nan=False)}' for name, value in row.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @staticmethod
    def from_json(text: str) -> "Capsule":
        """Read what `to_json` wrote. Raises ValueError, in one sentence, if it is something else."""
        row = parts.parsed(text)
        if not isinstance(row, dict) or row.pop("format", None) != FORMAT:
            raise ValueError(f"a capsule must be a JSON object of format {FORMAT}")
        parts.exactly(row, [f.name for f in fields(Capsule)], "a capsule")
        d = parts.read_made_with(row["meta"])["dimension"]
        row["asking"] = parts.read_asking(row["asking"])
        row["meant"] = tuple(parts.typed(i, int, "an id of meant") for i in parts.typed(row["meant"], list, "meant"))
        if not row["meant"]:
            raise ValueError("meant must name at least one memory, or -1 for one that is not stored")
        row["texts"] = tuple(parts.typed(t, str, "a text of texts") for t in parts.typed(row["texts"], list, "texts"))
        for name in ("bank", "verdict", "sentence", "verdict_here"):
            parts.typed(row[name], str, name)
        parts.typed(row["rank"], (int, type(None)), "rank")
        row["trace"] = parts.read_trace(row["trace"], d)
        row["whitening"] = parts.read_whitening(row["whitening"], row["meta"])
        row["memories"] = parts.read_memories(row["memories"], d)
        return Capsule(**row)

    @staticmethod
    def read(path: str | Path) -> "Capsule":
        """Read a capsule's file. Raises ValueError naming it if it is something else."""
        check_file(Path(path))
        try:
            return Capsule.from_json(Path(path).read_text("utf-8-sig"))
        except (ValueError, TypeError, OverflowError) as reason:
            raise ValueError(f"{path} is no capsule that can be read: {reason}") from reason


def make(memory: Memory, asking: Asking, meant: Collection[int], texts: Sequence[str] = ()) -> Capsule:
    """Ask a question, diagnose it, and keep both with as much of the bank as they rest on.

    With hops that is the whole bank, because every link takes part in their sum; else the candidates, the nearest
    neighbour, the meant memories and the next most similar ones: 50 in all, or as many more as give the same verdict.
    meant: ids of which any is right. texts: cues or targets that are right too. Raises ValueError if nothing was meant,
    or with hops over 2,000 memories.
    """
    if asking.hops and len(memory) > MOST:
        raise ValueError(
            f"a capsule with hops holds the whole bank, because every link takes part in their sum, and at most "
            f"{MOST:,} memories: bank {memory.name} has {len(memory):,}"
        )
    parts.of_asking(asking)  # what cannot be saved fails here
    whole = _of_all(memory, asking, Question("", asking.query, tuple(meant), tuple(texts)))
    here = whole
    for here in () if asking.hops else excerpts(whole, memory):
        with closing(here.open(encoder=memory.encoder, device=str(memory.device))) as bank:
            now = asking.of(bank)
            again = diagnose(bank, now, here.meant_in(bank))
        here = replace(here, verdict_here=again.verdict)
        if (again.verdict, again.rank, ids(now)) == (whole.verdict, whole.rank, ids(whole.trace)):
            return here
    return whole if len(memory) <= MOST else here


def _of_all(memory: Memory, asking: Asking, question: Question) -> Capsule:
    """The capsule that holds the whole bank."""
    trace = asking.of(memory)
    meant = question.meant(memory)
    found = diagnose(memory, trace, meant)
    return Capsule(
        bank=memory.name,
        asking=asking,
        meant=tuple(sorted(meant)),
        texts=question.texts,
        verdict=found.verdict,
        sentence=sentence(found),
        rank=found.rank,
        verdict_here=found.verdict,
        meta=dict(memory.meta),
        trace=trace,
        whitening=memory.bank.whitening,
        memories=tuple(memory),
    )


def excerpts(whole: Capsule, memory: Memory) -> Iterator[Capsule]:
    """Excerpts smaller than the bank, from 50 memories on, each twice the last."""
    asking, trace = whole.asking, whole.trace
    needed = [*whole.meant, trace.nearest.id, *(c.id for c in trace.candidates)]
    noise = asking.settings.noise
    if noise != Noise(seed=noise.seed):  # what is recalled without noise decides whether noise is the cause
        quiet = replace(asking, settings=replace(asking.settings, noise=Noise(seed=noise.seed)))
        needed += [c.id for c in quiet.of(memory).candidates]
    bank = memory.bank if asking.whitened else memory.bank.unwhitened()
    score = of_memories(bank.keys @ trace.key, bank.owner, len(bank.ids))
    order = list(dict.fromkeys([*needed, *(bank.ids[i] for i in score.argsort(descending=True).tolist())]))
    order = [i for i in order if i in memory]
    size, fewest = FEWEST, len({*needed} & {*order})
    while (size := max(size, fewest)) < len(order):
        kept = set(order[:size])
        rows = tuple(row for row in whole.memories if row.id in kept)
        # Bank._refit fits anew when the cues are not as many as those fitted on: here they are others, and fewer.
        w = replace(whole.whitening, n=sum(len(row.cues) for row in rows))
        yield replace(whole, whitening=w, memories=rows)
        if size >= MOST:
            return
        size = min(2 * size, MOST)


def ids(trace: Trace) -> list[int]:
    """The memories a recall brought back, then plain cosine's answer."""
    return [*(c.id for c in trace.candidates), trace.nearest.id]


def sentence(found: Diagnosis) -> str:
    """What is wrong; empty if nothing is."""
    return found.causes[0].sentence if found.causes else ""
