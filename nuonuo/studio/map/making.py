"""Where the page's map comes from: the background job, and the other maps that can be had."""

import streamlit as st

from nuonuo import Memory
from nuonuo.explain.map.maps import FEWEST, Map
from nuonuo.explain.map.view import View
from nuonuo.studio.map import shelf as map_shelf
from nuonuo.studio.map.shelf import Chart
from nuonuo.studio.shell.words import counted, typed


def making(memory: Memory, view: View, chart: Chart) -> None:
    """Where the map comes from, and how to get another."""
    made = chart.made
    if chart.reason == "few":
        st.caption(f"With fewer than {FEWEST} memories UMAP has nothing to work with: this is PCA.")
    elif chart.reason == "making":
        st.fragment(_progress, run_every=1.0)()
    elif chart.reason == "ready" and chart.offered:
        _row(_ready(memory, view, chart.offered), ("Show the UMAP map", map_shelf.accept, ()))
    elif chart.reason == "stopped":
        job = map_shelf.job()
        why = f"UMAP failed: {typed(str(job.error))}." if job and job.state == "failed" else "UMAP was cancelled."
        _row(f"{why} This is PCA.", ("Make the UMAP map", map_shelf.retry, ()))
    elif chart.reason == "chosen":
        parts = " + ".join(f"{share:.1%}" for share in view.explained)
        _row(
            f"PCA shows the directions of greatest spread: {parts} of the variance.",
            ("Show UMAP", _by, ("UMAP",)),
        )
    else:
        later = int((~chart.placed.fitted).sum())
        added = f" {later} added since {'lies' if later == 1 else 'lie'} among their true neighbours" if later else ""
        added = added.replace("their", "its") + ", as a diamond." if later == 1 else added and f"{added}, as diamonds."
        here = map_shelf.bench(memory)
        pca = map_shelf.kept(here, map_shelf.pca(here))
        beside = f" The PCA map of the same memories keeps {pca.share:.0%}." if pca else ""
        seed = made.settings["seed"]
        _row(
            f"UMAP, seed {seed}, fitted to {len(made.ids):,} memories in {made.seconds:.0f} s.{added}{beside}",
            (f"Make the map anew, seed {seed + 1}", map_shelf.make_anew, (seed + 1,)),
            ("Show PCA", _by, ("PCA",)),
        )


def _ready(memory: Memory, view: View, offered: Map) -> str:
    """What the two maps keep, side by side."""
    umap = map_shelf.kept(map_shelf.bench(memory), offered)
    if umap is None or view.kept is None:
        return "UMAP is ready."
    return (
        f"UMAP is ready. It keeps {umap.share:.0%} of each memory's {counted(umap.k, 'true neighbour')}, this PCA map "
        f"{view.kept.share:.0%} (chance: {umap.chance:.1%})."
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
