"""Figures of a comparison: where each question's memory came in A and in B, and the recall of both."""

import math
from collections import Counter

import plotly.graph_objects as go

from nuonuo.debug.compare import Difference, Pair
from nuonuo.debug.rule import Rule
from nuonuo.figures.template import ACCENT, ACCENT_SOFT, INK, LINE, MUTED, PAPER, RIVAL, RIVAL_SOFT, figure

COLOR = {"fixed": ACCENT, "broke": RIVAL}
CORNER = {  # where each fate is named: x, y on the paper, and how the words are anchored there
    "fixed": (0.99, 0.01, "right", "bottom"),
    "broke": (0.01, 0.99, "left", "top"),
    "right in both": (0.0, 1.02, "left", "bottom"),  # above: most dots lie in its corner
    "wrong in both": (0.99, 0.99, "right", "top"),
}


def ranks(pairs: list[Pair], rule: Rule) -> go.Figure:
    """Rank in B against rank in A of each question, both logarithmic; as large a dot as there are questions at it.

    customdata: the questions' ids.
    """
    at: dict[tuple[int, int], list[Pair]] = {}
    for pair in pairs:
        a, b = pair.places(rule)
        if a and b:
            at.setdefault((a, b), []).append(pair)
    most = max([rule.within + 1, *(rank for place in at for rank in place)])
    fig = figure(_dots(at, rule), showlegend=False, height=350, margin={"t": 34})
    axis = {"type": "log", "range": [math.log10(0.75), math.log10(most * 1.5)]}
    axis["tickvals"] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 20_000]
    fig.update_xaxes(**axis, title="rank in A, 1 is first")
    fig.update_yaxes(**axis, title="rank in B", showline=True, showgrid=False)
    _quarters(fig, rule.within, most)
    _fates(fig, Counter(pair.fate(rule) for pair in pairs))
    return fig


def _dots(at: dict[tuple[int, int], list[Pair]], rule: Rule) -> go.Scatter:
    """One dot a place, as large as there are questions at it."""
    return go.Scatter(
        x=[x for x, _ in at],
        y=[y for _, y in at],
        mode="markers",
        cliponaxis=False,
        marker={
            "size": [min(34, 7 + 3 * math.sqrt(len(some) - 1)) for some in at.values()],
            "color": [COLOR.get(some[0].fate(rule), MUTED) for some in at.values()],
            "opacity": 0.75,
        },
        customdata=[[[pair.question.id for pair in some], len(some)] for some in at.values()],
        hovertemplate="rank %{x} in A, %{y} in B<br>%{customdata[1]} questions<extra></extra>",
    )


def _quarters(fig: go.Figure, within: int, most: int) -> None:
    """The quarters of what B fixed and what it broke, and the line of equal ranks."""
    box = {"type": "rect", "layer": "below", "line_width": 0}
    x0, x1, x2 = 0.75, within + 0.5, most * 1.5
    fig.add_shape(box | {"x0": x1, "x1": x2, "y0": x0, "y1": x1, "fillcolor": ACCENT_SOFT})
    fig.add_shape(box | {"x0": x0, "x1": x1, "y0": x1, "y1": x2, "fillcolor": RIVAL_SOFT})
    fig.add_shape(type="line", x0=x0, y0=x0, x1=x2, y1=x2, layer="below", line={"color": LINE, "width": 1})


def _fates(fig: go.Figure, fates: Counter) -> None:
    """How many questions there are of each fate, in its corner."""
    for fate, (x, y, xanchor, yanchor) in CORNER.items():
        place = {"xref": "paper", "yref": "paper", "x": x, "y": y, "xanchor": xanchor, "yanchor": yanchor}
        fig.add_annotation(
            place,
            text=f"{fate} <b>{fates[fate]}</b>",
            showarrow=False,
            bgcolor="rgba(0,0,0,0)" if fate in COLOR else PAPER,
            font={"color": COLOR.get(fate, MUTED), "size": 13},
        )


def ranks_words(pairs: list[Pair], rule: Rule) -> str:
    """What `ranks` shows, for who cannot see it."""
    fates = Counter(pair.fate(rule) for pair in pairs)
    counted = ", ".join(f"{fates[fate]} {fate}" for fate in CORNER)
    return f"Each question's rank in A and in B. Of {len(pairs)} questions, counted as right when {rule}: {counted}."


def recalls(made: list[Difference]) -> go.Figure:
    """Recall of A (open) and B (filled) at each cut, a line between them."""
    fig = figure(showlegend=False, height=70 + 66 * len(made))
    for row, one in enumerate(made):
        color = MUTED if not one.sure else ACCENT if one.gain > 0 else RIVAL
        fig.add_scatter(
            x=[one.recall_a, one.recall_b],
            y=[row, row],
            mode="lines+markers",
            line={"color": color, "width": 3},
            marker={"size": 11, "color": ["var(--paper)", color], "line": {"color": [MUTED, color], "width": 2}},
            customdata=["A", "B"],
            hovertemplate=f"recall@{one.within} of %{{customdata}}: %{{x:.3f}}<extra></extra>",
        )
        told = f"{one.recall_a:.2f} → <b>{one.recall_b:.2f}</b>"
        sure = f"{one.gain:+.3f} [{one.low:+.3f}, {one.high:+.3f}]".replace("-", "−")
        for x, anchor, text, ink in ((0, "left", f"recall@{one.within}  {told}", INK), (1, "right", sure, MUTED)):
            fig.add_annotation(
                x=x,
                y=row - 0.36,
                xanchor=anchor,
                text=text,
                showarrow=False,
                font={"color": ink, "size": 13 if anchor == "left" else 11},
            )
    fig.update_xaxes(
        range=[-0.01, 1.03], fixedrange=True, title="recall   ○ A   ● B   gain [95% interval]", tickvals=[0, 0.5, 1]
    )
    fig.update_yaxes(range=[len(made) - 0.5, -0.7], visible=False, fixedrange=True)
    return fig


def recalls_words(made: list[Difference]) -> str:
    """What `recalls` shows, for who cannot see it."""
    return "Recall of A and B. " + "; ".join(
        f"at {one.within}: {one.recall_a:.3f} and {one.recall_b:.3f}, gain {one.gain:+.3f} "
        f"(95%: {one.low:+.3f} to {one.high:+.3f})"
        for one in made
    )
