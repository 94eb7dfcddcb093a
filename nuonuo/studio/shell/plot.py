"""Draw any Plotly figure on a page through one component that outlives reruns.

`st.plotly_chart` remounts its node whenever the figure changes and so loses zoom, camera and selection. This component
keeps the node (assets/figure.js) and brings clicks and lassos back. plotly.min.js is served by URL from the installed
plotly package. What all figures share (script, template, colours) is one message that never changes, of which
Streamlit sends the hash in every run after the first: 20 kB less for each figure that a slider move draws again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly
from streamlit.components.v1 import declare_component

from nuonuo.figures.template import THEMES, resolve, template
from nuonuo.files.explorer import explorer_file
from nuonuo.studio.shell.words import typed

try:
    from streamlit.components import v2
except ImportError:  # an older Streamlit: st.plotly_chart stands in
    v2 = None  # type: ignore[assignment]

SCRIPT, MOUNT = explorer_file("assets") / "figure.js", explorer_file("assets") / "mount.js"
PLOTLY_FOLDER = Path(plotly.__file__).parent / "package_data"
CONFIG = {"displaylogo": False, "showSendToCloud": False, "modeBarButtonsToRemove": ["sendChartToCloud"]}
HEIGHT = 380  # px, where neither the caller nor the figure says
BAR = 14  # px above a figure, which with the gap before it hold its tool bar: assets/style.css

_shared = v2.component("nuonuo_figures", js=SCRIPT.read_text("utf-8"), isolate_styles=False) if v2 else None
_draw = v2.component("nuonuo_figure", js=MOUNT.read_text("utf-8"), isolate_styles=False) if v2 else None


def bring() -> None:
    """Bring what all figures share; call once in each run, before the page."""
    if _shared:
        _shared(key="figures", data={"plotly": _plotly_path(), "template": template(), "themes": THEMES})


def _spec(fig: go.Figure) -> str:
    """Write fig as JSON without the app's template, which the browser has; the page decides its size."""
    spec = fig.to_plotly_json()
    spec["layout"].pop("template", None)
    spec["layout"].pop("width", None)
    return to_json_plotly(spec)


def _plotly_path() -> str:
    """Let the server hand out plotly's own folder, and give the script's path below the app's root.

    The folder is declared in each run because a declaration outside one is dropped.
    """
    return f"component/{declare_component('plotly', path=PLOTLY_FOLDER).name}/plotly.min.js"


def plot(
    fig: go.Figure,
    key: str,
    alt: str,
    height: int | None = None,
    on_pick: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any] | None:
    """Draw fig and return what was just picked in it, or None.

    key: unique on the page, without "__"; the same key keeps zoom, camera and selection. alt: what the figure shows, in
    words. height: px. on_pick: called with the pick before the page reruns.

    A pick is {"kind": "click" | "select", "points": [{"x", "y", "z", "curve", "point", "customdata"}]}; point is the
    index in the trace, [row, column] for a heatmap. It is returned once, in the run it caused.
    """
    if not alt.strip():
        raise ValueError(f"alt must describe the figure {key!r}, got {alt!r}")
    height = int(height or fig.layout.height or HEIGHT)
    if _draw is None:
        return _plain_chart(fig, key, alt, height, on_pick)

    def picked() -> None:
        pick = st.session_state[key].get("pick")
        if on_pick and pick:
            on_pick(pick)

    data = {"figure": _spec(fig), "key": key, "alt": alt, "height": height}
    return _draw(key=key, data=data, height=height + BAR, on_pick_change=picked).pick


def _plain_chart(
    fig: go.Figure, key: str, alt: str, height: int, on_pick: Callable[[dict[str, Any]], None] | None
) -> dict[str, Any] | None:
    """Draw with st.plotly_chart: same picks, but zoom is lost whenever the figure changes."""
    shown = resolve(fig, dark=st.context.theme.type == "dark")
    event = st.plotly_chart(shown, key=key, height=height, theme=None, on_select="rerun", config=CONFIG)
    st.caption(typed(alt))
    points = [
        {
            "x": p.get("x"),
            "y": p.get("y"),
            "z": p.get("z"),
            "curve": p.get("curve_number"),
            "point": p.get("point_index"),
            "customdata": p.get("customdata"),
        }
        for p in event["selection"]["points"]
    ]
    if not points:
        return None
    pick = {"kind": "select", "points": points}
    if on_pick:
        on_pick(pick)
    return pick
