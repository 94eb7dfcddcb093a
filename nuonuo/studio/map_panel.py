"""The map page's parts: what is on the map, how far it can be trusted, and its making."""

import streamlit as st
import torch

from nuonuo import Memory, Trace, map_formula, map_view, neighbours
from nuonuo.map_view import Shade, View
from nuonuo.maps import FEWEST, Points
from nuonuo.studio import known, look, map_shelf, state
from nuonuo.studio.map_shelf import Bench, Chart
from nuonuo.studio.words import quoted
from nuonuo.topics import topics

COLORS = ("attention", "cluster", "code overlap", "hop")
HOVERED = 6_000  # memories whose texts travel with the figure; more are read by a click
HOPS = 6
BLEND = {"beta": 2.0, "map_color": "attention"}
TRUSTED = 0.8  # share of neighbours kept from which a map may be read by its distances


def view(memory: Memory, trace: Trace | None) -> tuple[View, Chart]:
    """Everything on the map now."""
    s = st.session_state
    here = map_shelf.bench(memory)
    chart = map_shelf.chart(here)
    made, placed = chart.made, chart.placed
    asked = map_view.ask(made, placed, here.points, trace) if trace else None
    hops = _hops(memory, here.points, trace) if trace and s.map_color == "hop" else ()
    seen = View(
        name=f"{s.bank}-{made.method}-{made.name if made.axes is None else s.map_dims}",
        method=made.method,
        explained=made.axes.explained if made.axes else (),
        ids=here.points.ids,
        xy=placed.xy,
        fitted=placed.fitted,
        texts=here.once("texts", lambda: [r.cues[0] for r in memory]) if len(memory) <= HOVERED else None,
        shade=_shade(memory, here, trace, asked, hops),
        kept=here.once(
            ("kept", made.name),
            lambda: neighbours.preservation(here.points.K, torch.from_numpy(placed.xy).to(here.points.K.device)),
        ),
        asked=asked,
        picked=map_view.pick(placed, here.points, s.pick) if s.pick else None,
        hops=hops,
    )
    return seen, chart


def _shade(memory: Memory, here: Bench, trace: Trace | None, asked: map_view.Asked | None, hops: tuple) -> Shade:
    color = st.session_state.map_color
    if color == "cluster":
        texts = lambda: [f"{r.cues[0]} {r.target}" for r in memory]  # noqa: E731
        return map_view.by_topic(here.once("topics", lambda: topics(here.points.K, texts())))
    if color == "hop" and trace:
        return map_view.by_hop(here.points, hops)
    if color == "code overlap" and trace:
        _make_codes(memory)
        code = memory.bank.encode(trace.key[None]).winners[0]
        return map_view.by_overlap(here.points, memory.bank.links().cue_overlap(code))
    return map_view.by_attention(here.points, asked)


def _hops(memory: Memory, points: Points, trace: Trace) -> tuple[int, ...]:
    """The dots of the memories that the links recall from the settled state."""
    _make_codes(memory)
    s = trace.settings
    chain = memory.chain(known.question(memory), HOPS, k=s.k, beta=s.beta, steps=s.steps, noise=s.noise)
    return tuple(map_view.rows_of(points, [hop.id for hop in chain.hops]).tolist())


def _make_codes(memory: Memory) -> None:
    if memory.bank.coded:
        return
    bar = st.progress(0.0, "Making the codes of all memories, once")
    memory.make_codes(progress=lambda done, total: bar.progress(done / total))
    bar.empty()


def verdict(memory: Memory, view: View) -> None:
    """How far this map can be trusted, in numbers."""
    kept, asked, N = view.kept, view.asked, len(view.ids)
    if kept is None:
        look.verdict(f"{N} {'memory is' if N == 1 else 'memories are'} too few for a map to mean anything.")
        return
    whose = f"its {kept.k} true neighbours" if kept.k > 1 else "its true neighbour"
    sentence = f"This {view.method} map keeps {kept.share:.0%} of each memory's {whose[4:]} (chance: {kept.chance:.1%})"
    if asked:
        sentence += f"; around your question, {asked.kept:.0%}"
    lowest = min(kept.share, asked.kept) if asked else kept.share
    sentence += ": trust the lines, not the distances." if lowest < TRUSTED else ": here nearness means something."
    if asked and asked.nearest != asked.rows[0]:
        nearest = memory.get(int(view.ids[asked.nearest])).cues[0]
        sentence += f" The dot nearest to your question, {quoted(nearest, 60)}, is not the memory it recalls."
    look.verdict(sentence)


def controls() -> None:
    """What the colours mean, and how many dimensions."""
    with st.container(horizontal=True):
        st.segmented_control("Colour by", COLORS, key="map_color", required=True)
        st.segmented_control("Dimensions", ("2-D", "3-D"), key="map_dims", required=True)


def legend(view: View) -> None:
    """What the marks mean."""
    if not view.asked:
        st.caption(_meaning(view))
        return
    place = "are projected like every dot" if view.explained else "lie at the attention-weighted mean of its candidates"
    st.caption(
        "Lines lead to the question's true candidates: green is recalled, orange are its rivals. "
        f"{_meaning(view)} The question and its settling path {place}."
    )


def _meaning(view: View) -> str:
    """What the colours say."""
    if view.shade.names:
        return f"{view.shade.title}, named by the words that set them apart."
    hops = len(view.hops)
    return {
        "attention p": "Discs grow with attention p.",
        "hop": f"Numbers: what the links recall in {hops} hop{'s' * (hops != 1)} from the settled state.",
        "code units shared": "Colour: share of code units that each memory's cue shares with the question.",
    }[view.shade.title]


def making(view: View, chart: Chart) -> None:
    """Where the map comes from, and how to get another."""
    made = chart.made
    if chart.reason == "few":
        st.caption(f"With fewer than {FEWEST} memories UMAP has nothing to work with: this is PCA.")
    elif chart.reason == "making":
        st.fragment(_progress, run_every=1.0)()
    elif chart.reason == "stopped":
        job = map_shelf.job()
        why = f"UMAP failed: {job.error}." if job and job.state == "failed" else "UMAP was cancelled."
        _row(f"{why} This is PCA.", ("Make the UMAP map", map_shelf.retry, ()))
    elif chart.reason == "chosen":
        parts = " + ".join(f"{share:.1%}" for share in view.explained)
        _row(
            f"PCA shows the directions of greatest spread: {parts} of the variance.",
            ("Show UMAP", _by, ("UMAP",)),
        )
    else:
        later = int((~chart.placed.fitted).sum())
        added = f" {later} added since lie among their true neighbours, as diamonds." if later else ""
        seed = made.settings["seed"]
        _row(
            f"UMAP, seed {seed}, fitted to {len(made.ids):,} memories in {made.seconds:.0f} s.{added}",
            (f"Make the map anew, seed {seed + 1}", map_shelf.make_anew, (seed + 1,)),
            ("Show PCA", _by, ("PCA",)),
        )


def _by(method: str) -> None:
    st.session_state.map_by = method


def _row(text: str, *buttons: tuple) -> None:
    """A remark with buttons below it."""
    st.caption(text)
    with st.container(horizontal=True):
        for label, do, args in buttons:
            st.button(label, on_click=do, args=args)


def _progress() -> None:
    """How far the job is; runs every second by itself until it has ended."""
    job = map_shelf.job()
    if job is None or not job.running:
        st.rerun()
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.progress(job.fraction, f"This is PCA. UMAP is being made in the background: {job.message}.")
    right.button("Cancel", on_click=job.cancel, width="stretch", key="map_cancel")


def presets(view: View) -> None:
    """A blend, the clusters, and where this map is wrong."""
    s = st.session_state
    st.subheader("What to try")
    with st.container(horizontal=True):
        if view.asked:
            st.button("A blend: this question at β = 2", on_click=state.ask, args=(s.q, s.want), kwargs=BLEND)
        st.button("What is stored? The clusters", on_click=s.update, kwargs={"map_color": "cluster"})
        if view.kept:
            worst = int(view.ids[view.kept.worst.point])
            st.button("Where this map lies most", on_click=s.update, kwargs={"pick": worst})


def maths(view: View, chart: Chart) -> None:
    """The equations of this map, with the numbers executed."""
    with st.expander("The maths, with the numbers just executed"):
        st.markdown(f"**The map.** {'A projection' if chart.made.axes else 'Cross entropy of two fuzzy graphs'}.")
        st.latex(map_formula.layout(chart.made))
        if chart.made.axes is None:
            st.latex(map_formula.umap_settings(chart.made))
        if view.asked:
            st.markdown("**The question.**")
            st.latex(map_formula.question(view.asked, chart.made.axes is not None))
        if view.kept:
            st.markdown(f"**What the map keeps**, on {view.kept.sample} memories drawn with seed {view.kept.seed}.")
            st.latex(map_formula.kept(view.kept, len(view.ids)))
            if view.asked:
                st.latex(map_formula.kept_around(view.asked))
