"""Eight visitors of one server at once: `python -m tests.load.crowd [SECONDS] [SEED]`.

Half of them have private copies of a sample. The others share a bank in a file and do what collides: they add, write
their mark into texts which others edit at the same time, forget what others look at, and undo. A mark that was said to
be saved must stand at the end: an update that another one overwrote without a word has lost it.
"""

import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nuonuo import Encoder, Memory
from nuonuo.memory.records import Record
from tests.browser.driver import ROOT, serve
from tests.load.visitor import Visitor, visiting

VISITORS = 8
EDITED = 3  # memories that all edit, so that edits collide
QUESTION = "What does visitor {} keep in the drawer?"


@dataclass
class Tally:
    """What all visitors did and saw."""

    seconds: list[float] = field(default_factory=list)  # each run of a page
    added: set[str] = field(default_factory=set)  # targets that the page said it remembers, and nobody forgot
    marks: dict[int, list[str]] = field(default_factory=dict)  # memory: marks that the page said it saved, not undone
    clashes: int = 0  # edits that the page refused because another one came first
    gone: int = 0  # edits of a memory that another had forgotten
    undone: int = 0
    faults: list[str] = field(default_factory=list)


async def timed(tally: Tally, visitor: Visitor, doing) -> None:
    """Do something on a page; how long it took, and what went wrong, goes to the tally."""
    began = time.monotonic()
    await doing
    tally.seconds.append(time.monotonic() - began)
    tally.faults += visitor.boxes


async def alone(url: str, number: int, until: float, tally: Tally) -> None:
    """A private copy: ask, remember, ask again; another visitor's text must never be seen."""
    own, asked = f"A note that visitor {number} keeps", QUESTION.format(number)
    async with visiting(url) as visitor:
        while time.monotonic() < until:
            await timed(tally, visitor, visitor.type("Your question", asked))
            if not visitor.says(own):
                cue = {"What_should_bring_it_back": asked, "What_it_should_bring_back": own}
                await timed(tally, visitor, visitor.press("Remember", **cue))
                await timed(tally, visitor, visitor.type("Your question", asked))
                if not visitor.says(own):
                    tally.faults.append(f"visitor {number} does not see the own note")
            others = (f"visitor {other} keeps" for other in range(VISITORS) if other != number)
            tally.faults += [f"visitor {number} sees a note of another" for other in others if visitor.says(other)]


async def together(url: str, number: int, until: float, tally: Tally, rng: random.Random, bank: Memory) -> None:
    """The shared bank: add, edit what others edit, undo, forget an own memory."""
    turn = 0
    async with visiting(url, "memories", "bank=own:shared") as visitor:
        while time.monotonic() < until:
            turn += 1
            text = f"Note {turn} of visitor {number}"
            cue = {"What_should_bring_it_back": f"Where is note {turn} of {number}?", "What_it_should_bring_back": text}
            await timed(tally, visitor, visitor.press("Remember", **cue))
            tally.added.add(text)
            await edit(url, f"{number}.{turn}", rng.randint(1, EDITED), tally, rng.random() < 0.3)
            if turn % 3 == 0:
                bank.refresh()
                await forget(url, next(row.id for row in bank if row.target == text), tally)
                tally.added.discard(text)


async def edit(url: str, mark: str, memory: int, tally: Tally, undo: bool) -> None:
    """Open one memory in a tab of its own, write a mark to the end of its target, and perhaps undo that."""
    async with visiting(url, "memories", f"bank=own:shared&pick={memory}") as tab:
        tally.faults += tab.boxes
        target = tab.fields["Target"]
        await asyncio.sleep(0.05)  # a person reads
        await timed(tally, tab, tab.press("Save", Target=f"{target} {mark}"))
        if not tab.says("Saved."):
            tally.clashes += 1
            if not tab.says("nothing was saved"):
                tally.faults.append(f"mark {mark} was refused without a word")
            return
        marks = tally.marks.setdefault(memory, [])
        marks.append(mark)
        if undo:
            await timed(tally, tab, tab.press("Undo"))
            if not tab.says("Nothing was taken back"):
                marks.remove(mark)
                tally.undone += 1


async def forget(url: str, memory: int, tally: Tally) -> None:
    """Forget a memory which another tab has open; there an edit must be refused with a word."""
    query = f"bank=own:shared&pick={memory}"
    async with visiting(url, "memories", query) as tab, visiting(url, "memories", query) as other:
        await timed(tally, tab, tab.press("Forget this memory"))
        await timed(tally, other, other.press("Save", Target="changed by one who came late"))
        tally.gone += 1
        if other.says("Saved.") or not other.says("It is no longer stored."):
            tally.faults.append(f"an edit of what was forgotten: memory {memory}")


def check(bank: Memory, tally: Tally) -> None:
    """Compare what the file holds with what the pages said."""
    held = {row.target for row in bank}
    tally.faults += [f"{text!r} was remembered and is lost" for text in tally.added - held]
    for memory, marks in tally.marks.items():
        there = bank.get(memory).target.split()
        tally.faults += [f"mark {mark} of memory {memory} was saved and is lost" for mark in marks if mark not in there]


async def meet(url: str, seconds: float, seed: int, tally: Tally, bank: Memory) -> None:
    """All visitors at once."""
    async with visiting(url):  # the server loads its model before the clock starts
        pass
    until = time.monotonic() + seconds
    half = VISITORS // 2
    await asyncio.gather(
        *(alone(url, number, until, tally) for number in range(half)),
        *(together(url, number, until, tally, random.Random(seed + number), bank) for number in range(half, VISITORS)),
    )


def main(seconds: float = 60.0, seed: int = 0) -> Tally:
    """Let them meet on a server of its own, and print what happened."""
    with tempfile.TemporaryDirectory() as home:
        file, tally = Path(home) / "banks" / "shared.nuonuo", Tally()
        file.parent.mkdir()
        bank = Memory(path=file, encoder=Encoder())
        bank.add_many([Record((f"What do all edit, number {n}?",), "Marks:") for n in range(EDITED)])
        with serve(ROOT / "server.py", Path(home), NUONUO_HOME=home) as url:
            asyncio.run(meet(url, seconds, seed, tally, bank))
        bank.refresh()
        check(bank, tally)
        bank.close()
    saved = sum(map(len, tally.marks.values()))
    print(
        f"{VISITORS} visitors for {seconds:g} s, seed {seed}: {len(tally.seconds)} actions, median "
        f"{np.median(tally.seconds):.2f} s, p95 {np.quantile(tally.seconds, 0.95):.2f} s; {len(tally.added)} added, "
        f"{saved} edits saved, {tally.clashes} refused with both texts shown, "
        f"{tally.undone} undone, {tally.gone} of a memory that was forgotten, refused; "
        f"{len(tally.faults)} faults"
    )
    print(*sorted(set(tally.faults))[:20], sep="\n")
    return tally


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]), *map(int, sys.argv[2:3]))
