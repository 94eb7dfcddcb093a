"""The links of the memory that is looked at: seen, drawn by hand, cut and restored."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from nuonuo import Memory
from nuonuo.files.links import by_kind, counts, linked
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import WEIGHTS, Record, Tie, is_weight
from nuonuo.memory.relations import Link
from nuonuo.studio.memories import undoing
from nuonuo.studio.shell import banks, faults
from nuonuo.studio.shell.words import counted, quoted

SHOWN = 12  # pairs of each direction
CHOICE = 1_000  # memories that can be chosen from at once


@dataclass(frozen=True)
class Pair:
    """All links from one memory to another."""

    source: int  # id
    to: int  # id
    links: tuple[Link, ...]  # none: they are cut
    ties: tuple[Tie, ...]  # those of the source that lead there

    @property
    def hand(self) -> bool:
        """Whether one of them was drawn by hand."""
        return any(link.relation == Relation.HAND for link in self.links)

    @property
    def derived(self) -> bool:
        """Whether one of them is read from what is stored."""
        return any(link.relation != Relation.HAND for link in self.links)

    def __str__(self) -> str:
        said = [f"{link.relation} · weight {link.weight:g}" for link in self.links]
        return ", ".join(said) or "cut"


def pairs(memory: Memory, of: int) -> list[Pair]:
    """The pairs that a memory's links make, those from it first, each by the place of the other; cut ones last."""
    bank, found = memory.bank, dict[tuple[int, int], list[Link]]()
    for link in bank.reading.relations.links(of):
        found.setdefault((link.source, link.to), []).append(link)
    for row in bank.rows.values():
        for tie in row.ties:
            if of in (row.id, tie.to) and tie.to in bank.rows and tie.to != row.id:
                found.setdefault((row.id, tie.to), [])
    return [Pair(*ends, tuple(links), ties_to(bank.rows[ends[0]], ends[1])) for ends, links in found.items()]


def ties_to(row: Record, to: int) -> tuple[Tie, ...]:
    """The ties of a memory to another."""
    return tuple(tie for tie in row.ties if tie.to == to)


def name(row: Record) -> str:
    """What a memory is called on the page: its title, or how its cue begins."""
    return row.about.title or row.cues[0]


def show(memory: Memory) -> None:
    """Every link of the memory looked at, with its button, and a way to draw another."""
    of_bank = counts(memory.bank.reading.relations)
    st.caption(f"This bank has {linked(of_bank)}: {by_kind(of_bank)}." if of_bank else "This bank has no links yet.")
    undoing.offer(links=True)
    if wrong := st.session_state.pop("link_wrong", None):
        st.warning(f"Nothing was changed: {faults.said(wrong)}.")
    looked = st.session_state.pick
    if looked not in memory:
        st.caption("Pick a row of the table to see and change the links of that memory.")
        return
    st.markdown(f"**{quoted(name(memory.get(looked)))}**")
    all_ = pairs(memory, looked)
    _list("From it", memory, [(pair, pair.to) for pair in all_ if pair.source == looked])
    _list("To it", memory, [(pair, pair.source) for pair in all_ if pair.to == looked])
    _draw_form(memory, looked)


def _list(title: str, memory: Memory, rows: Sequence[tuple[Pair, int]]) -> None:
    """Pairs, each with the id of the other memory."""
    st.markdown(f"{title}: {counted(sum(len(pair.links) for pair, _ in rows), 'link')}")
    rows = sorted(rows, key=lambda row: -max((link.weight for link in row[0].links), default=0))
    if len(rows) > SHOWN:
        st.caption(f"The {SHOWN} heaviest of {len(rows):,} are shown; drawn with weight 0, any other is cut.")
    for pair, other in rows[:SHOWN]:
        label = quoted(name(memory.get(other)), 60)
        ends = f"{pair.source}-{pair.to}"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(label, key=f"look-{ends}", type="tertiary", on_click=_look, args=(other,), help="Look at it")
            st.caption(str(pair), width="content")
            if pair.derived:
                _button("Cut", pair, 0.0, f"Cut the links to {label}", f"cut-{ends}")
            if pair.hand:
                _button("Take away", pair, None, f"Took away the link by hand to {label}", f"away-{ends}")
            if not pair.links:
                _button("Restore", pair, None, f"Restored the links to {label}", f"restore-{ends}")


def _button(label: str, pair: Pair, weight: float | None, words: str, key: str) -> None:
    st.button(label, key=key, on_click=_tie, args=(pair.source, pair.to, weight, pair.ties, words))


def _look(other: int) -> None:
    st.session_state.pick = other


def _draw_form(memory: Memory, looked: int) -> None:
    """Choose another memory and a weight, and draw the link."""
    rows = [row for row in memory if row.id != looked]
    if not rows:
        return
    if len(rows) > CHOICE:
        word = st.text_input("Find the other memory", placeholder="Its id, or a word of it", key="link_find").strip()
        rows = [row for row in rows if word == str(row.id)] or [row for row in rows if _has(row, word.casefold())]
        if len(rows) > CHOICE:
            st.caption(f"The first {CHOICE:,} of {len(rows):,} can be chosen from; another word finds the rest.")
    names = {row.id: f"{row.id} · {' '.join(name(row).split())[:80]}" for row in rows[:CHOICE]}
    key = f"link-to-{looked}"
    st.selectbox(
        "Link it to",
        list(names),
        index=None,
        key=key,
        format_func=lambda i: names.get(i, str(i)),
        placeholder="A title, a text or an id",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state.setdefault("link_weight", 1.0)
        st.number_input("Weight", value=None, step=0.5, key="link_weight", help="0 cuts the links that lead there.")
        st.button("Draw the link", on_click=_draw, args=(looked, key))


def _has(row: Record, word: str) -> bool:
    return word in " ".join((row.about.title or "", *row.cues, row.target)).casefold()


def _draw(source: int, key: str) -> None:
    """Draw the link that was chosen."""
    s = st.session_state
    to, weight = s.get(key), s.get("link_weight")
    if to is None:
        s.link_wrong = "choose the memory that the link should lead to"
    elif not is_weight(weight):
        s.link_wrong = f"the weight of a link must be 0 or {WEIGHTS}, got {'none' if weight is None else f'{weight:g}'}"
    else:
        rows = banks.current().bank.rows
        seen = ties_to(rows[source], to) if source in rows else ()
        label = quoted(name(rows[to]), 60) if to in rows else f"memory {to}"
        _tie(source, to, weight, seen, f"Drew a link to {label}" if weight else f"Cut the links to {label}")
        s[key] = None


def _tie(source: int, to: int, weight: float | None, seen: tuple[Tie, ...], words: str) -> None:
    """Leave one tie between two memories, of a weight, or none; if the ties there are still those that were seen."""
    s = st.session_state
    try:
        before, after = tie(banks.changeable(), source, to, weight, seen)
    except ValueError as reason:
        s.link_wrong = str(reason)
        return
    undoing.keep(before, after, words, links=True)


def tie(memory: Memory, source: int, to: int, weight: float | None, seen: tuple[Tie, ...]) -> tuple[Record, Record]:
    """Leave one tie of a weight from one memory to another, or none; the memory before and after.

    seen: the ties there as whoever changes them has seen them. Raises ValueError, changing nothing, if others are
    stored, one of the memories is not, or they are one.
    """
    if source == to:
        raise ValueError("a memory cannot be linked to itself, choose another one")
    with memory.alone():
        for one in (source, to):
            if one not in memory:
                raise ValueError(f"memory {one} was forgotten meanwhile")
        before = memory.get(source)
        if ties_to(before, to) != seen:
            raise ValueError("this link was changed elsewhere meanwhile, it is shown as it is stored now")
        rest = [one for one in before.ties if one.to != to]
        return before, memory.change(source, ties=rest if weight is None else [*rest, Tie(to, weight)])
