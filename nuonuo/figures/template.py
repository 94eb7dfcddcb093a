"""One look for every figure: colours as tokens, one Plotly template, safe text.

Categories: Okabe and Ito, "Color universal design" (2008), without its black and its yellow. A figure does not know
whether the page is light or dark, so it names colours by token (`INK`, `ACCENT`, `SEQUENTIAL`, ...). A token is a CSS
variable such as "var(--ink)", which Plotly accepts as a colour; the page's component swaps it for the theme's colour,
and `resolve` does the same for exports.
"""

import html
import json
import re
from functools import cache
from typing import Any

import plotly.graph_objects as go

from nuonuo.figures.labels import one_line

FONT = "'Inter Variable', Inter, system-ui, sans-serif"

OKABE_ITO = (
    "#E69F00",  # orange
    "#56B4E9",  # sky blue
    "#CC79A7",  # reddish purple
    "#0072B2",  # blue
    "#009E73",  # bluish green
    "#D55E00",  # vermillion
    "#8C8C8C",  # grey, ours: for black, which is the query's
    "#7D6E00",  # olive, ours: for yellow, which is lost on paper
)

_SEQUENTIAL = {
    "light": "#EFF2EC #D3E4DC #B7D7CC #9AC9BD #7DBCAE #62A89B #4D9084 #38786E #236059 #0A4A45",
    "dark": "#182322 #1D3633 #204A45 #225E58 #21746B #318C81 #51A59A #6EC0B3 #8BDBCD #A8F7E8",
}
_DIVERGING = {
    "light": "#0B4F8A #3D76AB #699ECB #96BEDF #C4D7E4 #F2EFE7 #F0D2B4 #ECB481 #DC9255 #C36D34 #A8480B",
    "dark": "#8CC4FA #67A1D9 #427FB8 #2D5F8D #27405A #1D232B #523D31 #8B562F #B97239 #DA9457 #FBB675",
}
_NAMED = {
    "light": {
        "paper": "#FBFAF7",
        "panel": "#F3F1EA",
        "ink": "#1B1F24",
        "muted": "#5B6470",
        "axis": "#B5AFA2",
        "line": "#E6E2D8",
        "accent": "#0F766E",
        "accent-soft": "rgba(15,118,110,0.16)",
        "rival": "#A8480B",
        "rival-soft": "rgba(168,72,11,0.14)",
    },
    "dark": {
        "paper": "#0F1216",
        "panel": "#171B21",
        "ink": "#E9E6DF",
        "muted": "#9AA4B0",
        "axis": "#4A525E",
        "line": "#262C35",
        "accent": "#5EEAD4",
        "accent-soft": "rgba(94,234,212,0.18)",
        "rival": "#F2A65A",
        "rival-soft": "rgba(242,166,90,0.18)",
    },
}


def _ramp(name: str, colors: str) -> dict[str, str]:
    return {f"{name}-{i}": color for i, color in enumerate(colors.split())}


THEMES: dict[str, dict[str, str]] = {
    theme: {
        f"var(--{name})": color
        for name, color in (_NAMED[theme] | _ramp("seq", _SEQUENTIAL[theme]) | _ramp("div", _DIVERGING[theme])).items()
    }
    for theme in ("light", "dark")
}

INK, MUTED, AXIS, LINE = "var(--ink)", "var(--muted)", "var(--axis)", "var(--line)"
PAPER, PANEL = "var(--paper)", "var(--panel)"
ACCENT, ACCENT_SOFT = "var(--accent)", "var(--accent-soft)"
RIVAL, RIVAL_SOFT = "var(--rival)", "var(--rival-soft)"
SEQUENTIAL = [f"var(--seq-{i})" for i in range(10)]  # faint to strong on either paper
DIVERGING = [f"var(--div-{i})" for i in range(11)]  # blue, paper at 0, orange: set zmid=0


def memory_color(memory_id: int) -> str:
    """Give the colour that this memory has in every figure."""
    return OKABE_ITO[memory_id % len(OKABE_ITO)]


def escape(text: str) -> str:
    """Make a person's text show as typed: Plotly reads <b>, <a href> and &lt; in every label.

    Give such text as `text`, `customdata` or tick text, never inside a hovertemplate, where "%{x}" would be filled in.
    """
    return html.escape(text, quote=False)


def short(text: str, n: int = 40) -> str:
    """Put on one line, cut to n characters with an ellipsis, and escape."""
    if n < 1:
        raise ValueError(f"n must be >= 1, got {n}")
    folded = one_line(text)
    return escape(folded if len(folded) <= n else folded[: n - 1].rstrip() + "…")


def _axis() -> dict[str, Any]:
    return {
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": AXIS,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": AXIS,
        "tickfont": {"color": MUTED, "size": 12},
        "title": {"font": {"color": MUTED, "size": 13}, "standoff": 10},
        "gridcolor": LINE,
        "automargin": True,
    }


def _scene_axis() -> dict[str, Any]:
    return {
        "showbackground": False,
        "gridcolor": LINE,
        "zerolinecolor": LINE,
        "linecolor": AXIS,
        "tickfont": {"color": MUTED, "size": 11},
        "title": {"font": {"color": MUTED}},
    }


def _controls() -> dict[str, Any]:
    """Style the sliders and play buttons of figures with frames."""
    return {
        "sliderdefaults": {
            "bgcolor": LINE,
            "activebgcolor": ACCENT,
            "bordercolor": AXIS,
            "borderwidth": 1,
            "ticklen": 3,
            "tickcolor": AXIS,
            "font": {"color": MUTED, "size": 11},
            "currentvalue": {"font": {"color": INK, "size": 13}},
            "pad": {"t": 36, "b": 4},
        },
        "updatemenudefaults": {
            "showactive": False,
            "bgcolor": PANEL,
            "bordercolor": AXIS,
            "borderwidth": 1,
            "font": {"color": INK, "size": 12},
        },
    }


def _traces() -> dict[str, Any]:
    bar = {
        "outlinewidth": 0,
        "thickness": 10,
        "tickfont": {"color": MUTED, "size": 11},
        "title": {"font": {"color": MUTED, "size": 12}, "side": "right"},
    }
    edge = {"color": INK, "width": 0.5}  # pale categories keep an edge on paper
    dots = {"marker": {"size": 8, "line": edge, "colorbar": bar}, "line": {"width": 2}}
    return {
        "scatter": [dots | {"textfont": {"color": INK, "size": 12}}],
        "scattergl": [dots | {"textfont": {"color": INK, "size": 12}}],
        "scatter3d": [{"marker": {"size": 4, "line": {"width": 0}, "colorbar": bar}, "textfont": {"color": INK}}],
        "bar": [{"marker": {"line": {"width": 0}, "colorbar": bar}, "textfont": {"size": 12}}],
        "heatmap": [{"colorscale": SEQUENTIAL, "colorbar": bar, "xgap": 1, "ygap": 1}],
        "contour": [{"colorscale": SEQUENTIAL, "colorbar": bar}],
        "surface": [{"colorscale": SEQUENTIAL, "colorbar": bar}],
        "histogram": [{"marker": {"line": {"width": 0}}}],
    }


@cache
def template() -> dict[str, Any]:
    """Build the template of every figure, as plotly.js reads it: transparent paper, thin axes, colours as tokens."""
    layout = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": INK},
        "title": {"font": {"size": 15, "color": INK}, "x": 0, "xref": "paper", "xanchor": "left"},
        "colorway": list(OKABE_ITO),
        "colorscale": {"sequential": SEQUENTIAL, "sequentialminus": SEQUENTIAL[::-1], "diverging": DIVERGING},
        "margin": {"l": 8, "r": 12, "t": 20, "b": 8},
        "xaxis": _axis(),
        "yaxis": _axis() | {"showgrid": True, "showline": False, "ticks": ""},
        "scene": {"xaxis": _scene_axis(), "yaxis": _scene_axis(), "zaxis": _scene_axis()},
        "hoverlabel": {
            "bgcolor": PANEL,
            "bordercolor": AXIS,
            "font": {"family": FONT, "size": 13, "color": INK},
            "align": "left",
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": MUTED, "size": 12},
            "bgcolor": "rgba(0,0,0,0)",
        },
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": MUTED, "activecolor": ACCENT},
        "annotationdefaults": {"font": {"color": INK, "size": 12}, "arrowcolor": MUTED, "arrowwidth": 1},
        "shapedefaults": {"line": {"color": MUTED, "width": 1}},
        "newselection": {"line": {"color": ACCENT, "width": 1}},
        **_controls(),
    }
    return go.layout.Template(layout=layout, data=_traces()).to_plotly_json()


def figure(*traces: Any, **layout: Any) -> go.Figure:
    """Start a figure; layout as in `go.Figure.update_layout`.

    It gets the template when it is drawn (nuonuo/studio/shell/plot.py) or exported (`resolve`): plotly takes 12 ms to
    check it.
    """
    return go.Figure(data=list(traces)).update_layout(**layout)


_COLOR_KEY = re.compile("color|^sequential|^diverging", re.IGNORECASE)  # layout.colorscale holds the last two


def _paint(value: Any, colors: dict[str, str], is_color: bool = False) -> Any:
    """Swap tokens below keys that name a colour, so a text that looks like a token stays as typed."""
    if isinstance(value, dict):
        return {k: _paint(v, colors, bool(_COLOR_KEY.search(k))) for k, v in value.items()}
    if isinstance(value, list):
        return [_paint(v, colors, is_color) for v in value]
    return colors.get(value, value) if is_color and isinstance(value, str) else value


def resolve(fig: go.Figure, dark: bool) -> go.Figure:
    """Copy a figure with the template, real colours for tokens and solid paper, for a file or another renderer."""
    colors = THEMES["dark" if dark else "light"]
    spec = json.loads(fig.to_json())
    spec["layout"] = {"paper_bgcolor": PAPER} | spec["layout"] | {"template": template()}
    spec = _paint(spec, colors)
    return go.Figure(spec)
