"""The map page's parts: what is on the map, how far it can be trusted, and its maths."""

import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.explain.map import maps
from nuonuo.explain.map import view as map_view
from nuonuo.explain.map.points import LARGEST, SEED, Points, also
from nuonuo.explain.map.topics import topics
from nuonuo.explain.map.view import Shade, View
from nuonuo.latex import map as map_formula
from nuonuo.memory.bank import Bank
from nuonuo.memory.remaining import Remaining
from nuonuo.studio.map import shelf as map_shelf
from nuonuo.studio.map.shelf import Bench, Chart
from nuonuo.studio.shell import answer, known, look, sets
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import counted, quoted

COLORS = ("attention", "cluster", "code overlap", "hop")
HOVERED = 6_000  # memories whose texts travel with the figure; more are read by a click
BLEND = {"beta": 2.0, "map_color": "attention"}
PAPERS = {
    "PCA": "PCA (Hotelling, Journal of Educational Psychology 24, 1933). k is a memory's key, k̄ the mean of all keys; "
    "the columns of W are the directions of greatest variance; y is the dot's place.",
    "UMAP": "UMAP minimises the cross entropy of two weighted graphs (McInnes, Healy & Melville, arXiv:1802.03426, "
    "Sec. 3.2). wᵢⱼ is how much memories i and j are neighbours among the keys, vᵢⱼ among the dots; yᵢ is the place "
    "of a dot.",
}
TRUSTED = 0.8  # share of neighbours kept from which a map may be read by its distances


def view(memory: Memory, trace: Trace | None) -> tuple[View, Chart]:
    """Everything on the map now."""
    s = st.session_state
    here = map_shelf.bench(memory)
    chart = map_shelf.chart(here)
    made, rows = chart.made, here.bank.rows
    hops = _hops(memory, trace) if trace and s.map_color == "hop" else ()
    points = also(here.points, here.bank, [*_candidates(trace), *hops, *[s.pick] * (s.pick in rows)])
    placed = chart.placed if points is here.points else maps.place(made, points)
    asked = map_view.ask(made, placed, points, trace, _asked(here.bank, trace)) if trace else None
    steps = tuple(map_view.rows_of(points, hops).tolist())
    seen = View(
        name=f"{s.bank}-{made.method}-{made.name if made.axes is None else s.map_dims}",
        method=made.method,
        explained=made.axes.explained if made.axes else (),
        ids=points.ids,
        xy=placed.xy,
        fitted=placed.fitted,
        texts=here.once("texts", lambda: [r.cues[0] for r in rows.values()]) if len(rows) <= HOVERED else None,
        shade=_shade(here, points, trace, asked, steps),
        kept=map_shelf.kept(here, made),
        asked=asked,
        picked=map_view.pick(placed, points, s.pick) if s.pick else None,
        hops=steps,
        of=points.of if points.sampled else 0,
    )
    return seen, chart


def _candidates(trace: Trace | None) -> list[int]:
    return [c.id for c in trace.candidates] if trace else []


def _shade(here: Bench, points: Points, trace: Trace | None, asked: map_view.Asked | None, hops: tuple) -> Shade:
    color = st.session_state.map_color
    if color == "cluster":
        mine = (here.bank.rows[i] for i in here.points.ids.tolist())
        found = here.once("topics", lambda: topics(here.points.K, [f"{r.cues[0]} {r.target}" for r in mine]))
        return map_view.by_topic(found, points)
    if color == "hop" and trace:
        return map_view.by_hop(points, hops)
    if color == "code overlap" and trace:
        bank = _asked(here.bank, trace)
        _make_codes(bank)
        return map_view.by_overlap(points, bank.links().cue_overlap(bank.encode(trace.key[None]).winners[0]))
    return map_view.by_attention(points, asked)


def _hops(memory: Memory, trace: Trace) -> tuple[int, ...]:
    """The memories that the links recall from the settled state, by id."""
    _make_codes(_asked(memory.bank, trace))
    chain = known.recall(memory, trace.asking, hops=int(st.session_state.hops))
    return tuple(hop.id for hop in chain.hops)


def _asked(bank: Bank, trace: Trace) -> Bank:
    """The bank with the keys that the recall compared."""
    return bank if trace.asking.whitened else bank.unwhitened()


def _make_codes(bank: Bank) -> None:
    if bank.coded:
        return
    said, left = "Making the codes of all memories, once", Remaining()
    bar = st.progress(0.0, said)

    def tell(done: int, total: int) -> None:
        left(done, total)
        bar.progress(done / total, left.after(said))

    bank.make_codes(tell)
    bar.empty()


def verdict(memory: Memory, view: View, trace: Trace | None) -> None:
    """What was recalled, and how far this map can be trusted, in numbers."""
    story = f"{answer.recalled(trace, sets.expected(memory))}\n\n" if trace else ""
    kept, asked, N = view.kept, view.asked, len(view.ids)
    if kept is None:
        are = "is" if N == 1 else "are"
        look.verdict(f"{story}{counted(N, 'memory', 'memories')} {are} too few for a map to mean anything.")
        return
    whose = f"its {kept.k} true neighbours" if kept.k > 1 else "its true neighbour"
    sentence = f"This {view.method} map keeps {kept.share:.0%} of each memory's {whose[4:]} (chance: {kept.chance:.1%})"
    if asked:
        sentence += f"; around your query, {asked.kept:.0%}"
    lowest = min(kept.share, asked.kept) if asked else kept.share
    sentence += ": trust the lines, not the distances." if lowest < TRUSTED else ": distances on it can be trusted."
    if asked and asked.nearest != asked.rows[0]:
        nearest = memory.get(int(view.ids[asked.nearest])).cues[0]
        sentence += f" The dot nearest to your query, {quoted(nearest, 60)}, is not the memory ranked first."
    look.verdict(story + sentence)


def controls() -> None:
    """What the colours mean, and how many dimensions."""
    with st.container(horizontal=True):
        st.segmented_control("Colour by", COLORS, key="map_color", required=True)
        st.segmented_control("Dimensions", ("2-D", "3-D"), key="map_dims", required=True)


def legend(view: View) -> None:
    """What the marks mean, and that not all memories have one, where so."""
    if view.of:
        st.caption(
            f"**A sample**: {LARGEST:,} of the {view.of:,} memories, drawn with seed {SEED}, and as diamonds what this "
            "question finds besides. Neighbours are counted among those drawn."
        )
    if not view.asked:
        st.caption(_meaning(view))
        return
    place = "are projected like every dot" if view.explained else "lie at the attention-weighted mean of its candidates"
    st.caption(f"{_lines(view)} {_meaning(view)} The query, a diamond, and its settling path {place}.")


def _lines(view: View) -> str:
    """What the lines lead to, by the marks that are drawn with this colouring."""
    count = len(view.asked.rows) if view.asked else 0
    ring = " ring" if view.shade.on_dots else ""
    if count == 1:
        return f"A line leads to the query's one true candidate, the green square{ring}."
    others = "the other rings are" if ring else "the orange discs are"
    return (
        f"Lines lead to the query's {count} true candidates. The green square{ring} is the one ranked first; "
        f"{others} the others."
    )


def _meaning(view: View) -> str:
    """What the colours say."""
    if view.shade.names:
        return f"Colours: {view.shade.title[0].lower()}{view.shade.title[1:]}, named by the words that set them apart."
    hops = len(view.hops)
    return {
        "attention p": "Their size grows with attention p.",
        "hop": f"Blue numbers: what the links recall in {counted(hops, 'hop')} from the settled state.",
        "code units shared": "Colour of the dots: share of code units that each memory's cue shares with the query.",
    }[view.shade.title]


def presets(view: View) -> None:
    """A blend, the clusters, and where this map is wrong."""
    s = st.session_state
    drawn = {name: s[name] for name in ("map_by", "map_dims", "map_seed")}  # the map itself stays
    with look.tries():
        if view.asked:
            blend = BLEND | drawn
            label = "An average: this query at β = 2"
            st.button(label, on_click=take_preset, kwargs=blend, key="map-try-blend")
        clusters = {"map_color": "cluster"} | drawn
        st.button("What is stored? The clusters", on_click=take_preset, kwargs=clusters, key="map-try-clusters")
        if view.kept:
            worst = {"pick": int(view.ids[view.kept.worst.point])} | drawn
            st.button("Where this map misleads most", on_click=take_preset, kwargs=worst, key="map-try-worst")


def maths(view: View, chart: Chart) -> None:
    """The equations of this map, with the numbers executed."""
    with look.part("maths", "mappanel"), st.expander("The maths, with the numbers just executed"):
        st.markdown(f"**The map.** {PAPERS[chart.made.method]}")
        st.latex(map_formula.layout(chart.made))
        if chart.made.axes is None:
            st.latex(map_formula.umap_settings(chart.made))
        if view.asked:
            st.markdown(
                "**The query** (its path: Ramsauer et al., arXiv:2008.02217, Eq. 3). ξ₀ is the query's key, ξ a state "
                "on its way to rest, pᵢ the attention to candidate i, yᵢ the place of its dot."
            )
            st.latex(map_formula.question(view.asked, chart.made.axes is not None))
        if view.kept:
            st.markdown(
                "**What the map keeps** (agreement rate: Lee & Verleysen, Neurocomputing 72, 2009), on "
                f"{counted(view.kept.sample, 'memory', 'memories')} drawn with seed {view.kept.seed}: the share of the "
                "k nearest keys N(i) of memory i that are among its k nearest dots M(i)."
            )
            st.latex(map_formula.kept(view.kept, len(view.ids)))
            if view.asked:
                st.latex(map_formula.kept_around(view.asked))
