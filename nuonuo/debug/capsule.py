"""Capsule: one recall in one file that reopens, replays and reproduces anywhere.

The question with its settings and seed, the verdict, the Trace and an excerpt of the bank, as JSON. The excerpt keeps
ids and the bank's own whitening, so every key, similarity and weight is what it was. What rests on all memories (how
rare a word is, how far a similarity stands out, who else a sender is linked to) is kept true instead of saved: the
excerpt grows until its verdict, ranks and candidates are those of the whole bank.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nuonuo.debug import capsule_json as parts
from nuonuo.debug.asking import ask
from nuonuo.debug.capsule_schema import FORMAT, MEMORIES, STEPS, check_size, parsed
from nuonuo.debug.case import scores
from nuonuo.debug.diagnosis import Diagnosis, diagnose
from nuonuo.debug.rule import FIRST, Need, Rule
from nuonuo.files.questions import Question, things
from nuonuo.files.tables import check_file
from nuonuo.maths.whitening import Whitening
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import DEFAULT, Encoder
from nuonuo.memory.records import BankSettings, Record
from nuonuo.memory.store import Store
from nuonuo.memory.trace import Trace

FEWEST, MOST = 50, MEMORIES  # memories of an excerpt


@dataclass(frozen=True, eq=False)
class Capsule:
    """One recall with all it rests on."""

    bank: str  # the name of the bank that was asked
    query: str
    embedding: tuple[float, ...] | None  # (d,) of the query where it was made elsewhere
    asking: Asking
    expected: tuple[int, ...]  # things by id
    texts: tuple[str, ...]  # by text: how a memory that was not stored yet is known
    any_of: tuple[tuple[int, ...], ...]  # and by ids of which any one will do
    own_ids: tuple[str, ...]  # and by what memories are called where they were taken from
    within: int  # ranks that count: with `need` the rule of what is right
    need: str
    verdict: str
    sentence: str  # of the verdict; empty if it is "right"
    rank: int | None  # of the expected memory among all memories of the bank
    verdict_here: str  # on the excerpt: another only if no excerpt of 2,000 memories gives the same
    meta: BankSettings  # what the bank was made with
    trace: Trace
    whitening: Whitening
    memories: tuple[Record, ...]  # the excerpt, oldest first

    @property
    def whole(self) -> bool:
        """Whether it holds the whole bank."""
        return len(self.memories) == self.trace.bank.memories

    @property
    def question(self) -> Question:
        """What was asked, and what it expects."""
        own = self.own_ids
        return Question("capsule", self.query, self.expected, self.texts, self.embedding, self.any_of, own_ids=own)

    @property
    def rule(self) -> Rule:
        """When its recall counts as right."""
        return Rule(self.within, Need(self.need))

    def things_in(self, memory: Memory) -> tuple[frozenset[int], ...]:
        """What is expected of a bank, thing by thing: ids of which any will do, none if it is not stored."""
        return things([self.question], memory)[0]

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
        with closing(Store(path, asdict(self.meta))) as store:
            matrix = None if w.matrix is None else w.matrix.cpu().numpy()
            store.save_whitening(w.n, w.shrinkage, w.mean.cpu().numpy(), matrix)
            store.restore(self.memories)
        return Memory.open(path, encoder, device)

    def _encoder(self, given: Encoder | None, device: str) -> Encoder | None:
        name, d = self.meta.encoder, self.meta.dimension
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
        """The whole capsule as JSON text, a field a line, for `from_json`. Raises ValueError if it is too large."""
        row = {"format": FORMAT} | {f.name: getattr(self, f.name) for f in fields(self)}
        row["asking"], row["meta"] = asdict(self.asking), asdict(self.meta)
        row["trace"] = json.loads(self.trace.to_json())
        row["whitening"] = parts.of_whitening(self.whitening)
        row["memories"] = [parts.of_memory(m) for m in self.memories]
        lines = (f'"{name}": {json.dumps(value, ensure_ascii=False, allow_nan=False)}' for name, value in row.items())
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        check_size(len(text), text)
        return text

    @staticmethod
    def from_json(text: str) -> "Capsule":
        """Read what `to_json` wrote. Raises ValueError, in one sentence, if it is something else."""
        part = parsed(text)
        meta = parts.read_made_with(part.meta)
        read: dict[str, Any] = {"asking": parts.read_asking(part.asking), "meta": meta}
        read["embedding"] = None if part.embedding is None else tuple(map(float, part.embedding))
        read |= {"expected": tuple(part.expected), "texts": tuple(part.texts)}
        read |= {"any_of": tuple(map(tuple, part.any_of)), "own_ids": tuple(part.own_ids)}
        read["trace"] = parts.read_trace(part.trace, meta.dimension)
        read["whitening"] = parts.read_whitening(part.whitening, meta)
        read["memories"] = parts.read_memories(part.memories, meta.dimension)
        capsule = Capsule(**{**dict(part), **read})
        if not capsule.question.answerable:
            raise ValueError("expected, texts or any_of must name at least one memory")
        return capsule

    @staticmethod
    def read(path: str | Path) -> "Capsule":
        """Read a capsule's file. Raises ValueError naming it if it is something else."""
        check_file(Path(path))
        try:
            check_size(Path(path).stat().st_size)
            return Capsule.from_json(Path(path).read_text("utf-8-sig"))
        except (ValueError, TypeError, OverflowError) as reason:
            raise ValueError(f"{path} is no capsule that can be read: {reason}") from reason


def make(memory: Memory, question: Question, asking: Asking, rule: Rule = FIRST) -> Capsule:
    """Ask a question, diagnose it, and keep both with as much of the bank as they rest on.

    With hops that is the whole bank, because every link takes part in their sum; else the candidates, who sent them
    attention, the answers of cosine and BM25, the expected memories and the next best ones: 50 in all, or as many more
    as give the same verdict, ranks and candidates.
    Raises ValueError if the question expects nothing, with more than 1,000 steps or hops, or with hops over 2,000
    memories.
    """
    for name in ("steps", "hops"):
        if getattr(asking, name) > STEPS:
            raise ValueError(f"a capsule has at most {STEPS:,} {name}, got {getattr(asking, name):,}")
    if asking.hops and len(memory) > MOST:
        raise ValueError(
            f"a capsule with hops holds the whole bank, because every link takes part in their sum, and at most "
            f"{MOST:,} memories: bank {memory.name} has {len(memory):,}"
        )
    trace = ask(memory, question, asking)
    found, met = diagnose(memory, trace, things([question], memory)[0], rule), ids(trace)
    here = whole = _of_all(memory, question, trace, found)
    for here in () if asking.hops else excerpts(whole, memory):
        with closing(here.open(encoder=memory.encoder, device=str(memory.device))) as bank:
            now = ask(bank, question, asking)
            again = diagnose(bank, now, here.things_in(bank), rule)
        here = replace(here, verdict_here=str(again.verdict))
        if (again.verdict, again.rank, again.evidence, ids(now)) == (found.verdict, found.rank, found.evidence, met):
            return here
    return whole if len(memory) <= MOST else here


def _of_all(memory: Memory, question: Question, trace: Trace, found: Diagnosis) -> Capsule:
    """The capsule that holds the whole bank."""
    bank = memory.bank
    return Capsule(
        bank=memory.name,
        query=question.query,
        embedding=question.embedding,
        asking=trace.asking,
        expected=question.ids,
        texts=question.texts,
        any_of=question.any_of,
        own_ids=question.own_ids,
        within=found.rule.within,
        need=str(found.rule.need),
        verdict=str(found.verdict),
        sentence=found.sentence,
        rank=found.rank,
        verdict_here=str(found.verdict),
        meta=memory.settings,
        trace=trace,
        whitening=bank.whitening,
        memories=tuple(bank.rows.values()),
    )


def excerpts(whole: Capsule, memory: Memory) -> Iterator[Capsule]:
    """Excerpts smaller than the bank, from 50 memories on, each twice the last."""
    asking, trace = whole.asking, whole.trace
    needed = [*whole.question.meant(memory), *ids(trace), *(one.id for c in trace.candidates for one in c.senders)]
    if asking.noisy:  # what is recalled without noise decides whether noise is the cause
        needed += [c.id for c in ask(memory, whole.question, asking.quiet).candidates]
    stored = memory.bank
    bank = stored if asking.whitened else stored.unwhitened()
    score = scores(bank, trace)
    order = list(dict.fromkeys([*needed, *(bank.ids[i] for i in score.argsort(descending=True).tolist())]))
    order = [i for i in order if i in bank.rows]
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
    """The memories a recall brought back, then plain cosine's answer and that of BM25."""
    beside = (trace.nearest, trace.lexical) if trace.lexical else (trace.nearest,)
    return [*(c.id for c in (*trace.candidates, *beside))]
