"""One page with everything the figure component must do, for tests/browser/test_figure_component.py."""

import plotly.graph_objects as go
import streamlit as st

from nuonuo.figures.template import ACCENT, DIVERGING, INK, figure, memory_color, short
from nuonuo.studio.shell import look
from nuonuo.studio.shell.plot import bring, plot

st.set_page_config(page_title="Figure demo", layout="wide")
look.apply()
bring()

TYPED = "<b>not bold</b> <a href='https://example.org'>no link</a> &lt; var(--ink)"


def points(n: int) -> go.Figure:
    """Draw n memories with their softmax weight p against overlap ξ·x."""
    x = list(range(n))
    dots = go.Scatter(
        x=x,
        y=[i * i % 7 for i in x],
        mode="markers",
        marker={"size": 14, "color": [memory_color(i) for i in x]},
        customdata=[[i, f"memory {i}"] for i in x],
        text=[short(TYPED, 90)] * n,
        hovertemplate="%{text}<extra></extra>",
    )
    best = go.Scatter(x=[2], y=[5], mode="markers+text", text=["answer"], textposition="top right")
    best.marker = {"size": 16, "color": ACCENT}
    return figure(dots, best, xaxis_title="overlap ξ·x", yaxis_title="weight p", showlegend=False)


def matrix() -> go.Figure:
    """Draw a signed matrix whose cells can be clicked."""
    z = [[(i - 3) * (j - 4) for j in range(9)] for i in range(7)]
    return figure(
        go.Heatmap(z=z, zmid=0, colorscale=DIVERGING, colorbar_title="W"),
        xaxis_title="i",
        yaxis_title="j",
    )


def settling() -> go.Figure:
    """Draw energy against step, with frames, a slider and a play button."""
    energy = [8 / (t + 1) for t in range(6)]
    frames = [go.Frame(name=str(t), data=[go.Scatter(y=energy[: t + 1])]) for t in range(6)]
    args = {
        "mode": "immediate",
        "frame": {"duration": 200, "redraw": False},
        "transition": {"duration": 100},
    }
    steps = [{"label": str(t), "method": "animate", "args": [[str(t)], args]} for t in range(6)]
    fig = figure(
        go.Scatter(y=energy[:1], mode="lines+markers", line_color=INK),
        yaxis_title="energy E",
    )
    fig.update_xaxes(range=[-0.2, 5.2], title="step t").update_yaxes(range=[0, 9])
    fig.frames = frames
    play = {"label": "Play", "method": "animate", "args": [None, args]}
    fig.update_layout(
        sliders=[{"steps": steps, "currentvalue": {"prefix": "t = "}}],
        updatemenus=[{"type": "buttons", "buttons": [play], "x": 0, "y": 1.2, "xanchor": "left"}],
    )
    return fig


st.title("Which memory does a cue recall?")
look.verdict("At **β = 8** the answer takes **0.93** of the attention, and ξ settles in `3` steps.")
n = st.slider("Number of memories N", 5, 40, 12, key="n")
picked = plot(points(n), key="points", alt=f"{n} memories, weight against overlap.")
st.text(f"picked: {picked}")
left, right = st.columns(2)
with left:
    look.label("Weights W", key="label_w")
    cell = plot(
        matrix(),
        key="matrix",
        alt="A signed matrix, blue below zero and orange above.",
        height=320,
    )
    st.text(f"cell: {cell}")
with right:
    look.label("Energy E", key="label_e")
    plot(settling(), key="settling", alt="Energy falls with each step.", height=320)
one, two, three = st.columns(3)
one.metric("Weight p", "0.934", "0.021")
two.metric("Overlap ξ·x", "11.47")
three.metric("Steps", "3")
st.button("Try a noisier cue", type="primary")
with st.expander("The maths"):
    st.latex(r"\xi' = X^\top\,\mathrm{softmax}(\beta X \xi)")
st.sidebar.radio("Bank", ["Faces", "Poems"])
st.caption("Weights are rounded to three places.")
