"""Draw any Plotly figure on a page through one component that outlives reruns.

`st.plotly_chart` remounts its node whenever the figure changes and so loses zoom, camera and selection. This component
keeps the node (assets/figure.js) and brings clicks and lassos back. plotly.min.js is served by URL from the installed
plotly package. What all figures share (script, template, colours) is one message that never changes, of which
Streamlit sends the hash in every run after the first: 20 kB less for each figure that a slider move draws again.
"""

import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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

ASSETS = explorer_file("assets")
PLOTLY_FOLDER = Path(plotly.__file__).parent / "package_data"
CONFIG = {"displaylogo": False, "showSendToCloud": False, "modeBarButtonsToRemove": ["sendChartToCloud"]}
HEIGHT = 380  # px, where neither the caller nor the figure says
LONG = 100  # numbers
BAR = 14  # px above a figure, which with the gap before it hold its tool bar: assets/style.css


def _component(name: str, script: str) -> Any:
    return v2.component(name, js=(ASSETS / script).read_text("utf-8"), isolate_styles=False) if v2 else None


_shared = _component("nuonuo_figures", "figure.js")
_layer = _component("nuonuo_layer", "layer.js")
_draw = _component("nuonuo_figure", "mount.js")


def bring() -> None:
    """Bring what all figures share; call once in each run, before the page."""
    if _shared:
        _shared(key="figures", data={"plotly": _plotly_path(), "template": template(), "themes": THEMES})


def _spec(fig: go.Figure) -> dict[str, Any]:
    """A figure without the app's template, which the browser has; the page decides its size."""
    spec = fig.to_plotly_json()
    spec["layout"].pop("template", None)
    spec["layout"].pop("width", None)
    spec["data"] = [_packed(trace) for trace in spec["data"]]
    return spec


def _packed(trace: dict[str, Any]) -> dict[str, Any]:
    """A trace whose long arrays of numbers travel as bytes of float32, which plotly.js reads: half of their digits."""
    packed = dict(trace)
    for axis in "xyz":
        if (numbers := _numbers(trace.get(axis))) is not None:
            packed[axis] = {"dtype": "f4", "bdata": b64encode(numbers.tobytes()).decode()}
            if numbers.ndim > 1:
                packed[axis]["shape"] = ", ".join(map(str, numbers.shape))
    if texts := _texts(trace.get("text")):
        packed["text"] = texts
    return packed


def _texts(rows: Any) -> dict[str, Any] | None:
    """A matrix of texts as each text once and where it stands, which figure.js puts together; None if there is none."""
    if not isinstance(rows, list | tuple) or not rows or not isinstance(rows[0], list | tuple):
        return None
    place: dict[Any, int] = {}
    at = [[place.setdefault(text, len(place)) for text in row] for row in rows]
    return {"texts": list(place), "at": at}


def _numbers(values: Any) -> np.ndarray | None:
    """A list of LONG numbers or more, with gaps, or of rows of numbers, as float32; None if it is anything else."""
    if not isinstance(values, list | tuple) or not values:
        return None
    try:
        found = np.array(values)
        if found.dtype.kind == "O" and all(v is None or isinstance(v, int | float) for v in values):
            found = np.array(values, dtype=np.float32)
    except ValueError:  # rows of different lengths
        return None
    return found.astype(np.float32) if found.dtype.kind in "if" and found.size >= LONG else None


def _lay(key: str, traces: list[dict[str, Any]]) -> str:
    """Bring a figure's layer, before the figure itself; its name, which tells it from every other."""
    text = to_json_plotly(traces)
    name = f"{zlib.crc32(text.encode()):08x}"
    _layer(key=f"layer-{key}", data={"key": key, "name": name, "traces": text})
    return name


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
    kept: int = 0,
) -> dict[str, Any] | None:
    """Draw fig and return what was just picked in it, or None.

    key: unique on the page, without "__"; the same key keeps zoom, camera and selection. alt: what the figure shows, in
    words. height: px. on_pick: called with the pick before the page reruns. kept: how many traces, the first ones, are
    large and stay the same from run to run: they are a message of their own, which is sent again only if it changes.

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

    spec = _spec(fig)
    data = {"layer": _lay(key, spec["data"][:kept]) if kept else "", "key": key, "alt": alt, "height": height}
    spec["data"] = spec["data"][kept:]
    data["figure"] = to_json_plotly(spec)
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
