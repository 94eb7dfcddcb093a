"""Figures of a triage: how many questions end in each verdict, and recall of each method with its intervals."""

from collections.abc import Sequence

import plotly.graph_objects as go

from nuonuo.figures.template import ACCENT, INK, LINE, MUTED, RIVAL, escape, figure

CLEAR = "rgba(0,0,0,0)"
UP, DOWN = 0.34, 0.21  # rows from a bar up to its label, and down to its second mark
TALL, LOW, FRAME = 46, 22, 64  # px of a verdict, of a method, and above and below all rows
GAP = 0.4  # rows between two measures
MARKS = {"NuoNuo": (ACCENT, "circle"), "nearest neighbour": (INK, "diamond")}
OTHER = (MUTED, "square")


def verdict_bars(rows: Sequence[dict], chosen: str | None = None) -> go.Figure:
    """Questions by verdict, as `triage.verdicts` counts them, and below each bar how many of them a change fixes.

    chosen: the verdict whose bar stands out. Each row's customdata[0] is its verdict.
    """
    at = list(range(len(rows)))
    counts, fixed = [row["questions"] for row in rows], [row["fixed"] for row in rows]
    most = max([1, *counts])
    shown = [1.0 if chosen in {None, row["verdict"]} else 0.35 for row in rows]
    bar = {"orientation": "h", "hoverinfo": "skip"}
    fig = figure(
        go.Bar(name="track", y=at, x=[most] * len(at), width=0.2, marker={"color": LINE}, **bar),
        go.Bar(name="questions", y=at, x=counts, width=0.2, marker={"color": _colors(rows), "opacity": shown}, **bar),
        go.Bar(
            name="fixed",
            y=[y + DOWN for y in at],
            x=fixed,
            width=0.08,
            marker={"color": ACCENT, "opacity": [0.6 * share for share in shown]},
            **bar,
        ),
        _targets(rows, most),
    )
    for y, row in zip(at, rows, strict=True):
        name = escape(row["verdict"])
        _say(fig, 0, y - UP, f"<b>{name}</b>" if row["verdict"] == chosen else name, INK, 13)
        helped = f" · {row['fixed']:,} fixed" if row["fixed"] else ""
        _say(fig, 1, y - UP, f"<b>{row['questions']:,}</b>{helped}", MUTED)
    fig.update_layout(showlegend=False, barmode="overlay", bargap=0, height=round(FRAME + TALL * (len(at) + 0.2)))
    title = "questions  ·  thin line: a change that was run fixes it" if any(fixed) else "questions"
    fig.update_xaxes(range=[0, most], fixedrange=True, title=title, tickvals=[], showline=False, ticks="")
    return fig.update_yaxes(range=[len(at) - 0.5, -0.75], visible=False, fixedrange=True)


def verdict_words(rows: Sequence[dict]) -> str:
    """What `verdict_bars` shows, for who cannot see it."""
    told = "; ".join(f"{row['verdict']}: {row['questions']:,}" + _helped(row) for row in rows)
    return f"Bars of the questions by verdict. {told}." if rows else "No question was asked yet."


def method_dots(rows: Sequence[dict]) -> go.Figure:
    """Recall at each cut and MRR of each method with its 95% interval, as `triage.summary` gives them."""
    measures, methods = _named(rows, "measure"), _named(rows, "method")
    block = len(methods) + 1 + GAP  # rows of a measure, of which the first is its name
    heads = {measure: i * block for i, measure in enumerate(measures)}
    fig = figure(*(_dots(method, rows, heads, methods.index(method) + 1) for method in methods), showlegend=False)
    for row in rows:
        y, color = heads[row["measure"]] + methods.index(row["method"]) + 1, MARKS.get(row["method"], OTHER)[0]
        _beyond(fig, y, f"{row['value']:.2f}", color)
    last = len(measures) * block - GAP - 1
    fig.update_layout(height=round(FRAME + LOW * (last + 1.4)), margin={"r": 44})
    fig.update_xaxes(
        range=[-0.01, 1.02],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        ticktext=["0", "", "0.5", "", "1"],
        fixedrange=True,
        title="recall, or MRR  ·  bars: 95% intervals",
        showgrid=True,
    )
    names = [(y + 1 + i, method) for y in heads.values() for i, method in enumerate(methods)]
    names += [(y, f"<b>{measure}</b>") for measure, y in heads.items()]
    return fig.update_yaxes(
        range=[last + 0.7, -0.7],
        tickvals=[y for y, _ in names],
        ticktext=[text for _, text in names],
        showgrid=False,
        fixedrange=True,
    )


def _dots(method: str, rows: Sequence[dict], heads: dict[str, float], below: int) -> go.Scatter:
    """One method's values, so many rows below the measures' names."""
    color, symbol = MARKS.get(method, OTHER)
    mine = [row for row in rows if row["method"] == method]
    return go.Scatter(
        name=method,
        x=[row["value"] for row in mine],
        y=[heads[row["measure"]] + below for row in mine],
        mode="markers",
        marker={"color": color, "symbol": symbol, "size": 9},
        error_x=_bars(mine, color),
        customdata=[[row["measure"], f"{row['low']:.2f} to {row['high']:.2f}", f"{row['n']:,}"] for row in mine],
        hovertemplate=f"{method}: %{{customdata[0]}} %{{x:.3f}}<br>95%: %{{customdata[1]}} over %{{customdata[2]}}"
        " questions<extra></extra>",
        cliponaxis=False,
    )


def method_words(rows: Sequence[dict]) -> str:
    """What `method_dots` shows, for who cannot see it."""
    told = [
        f"{measure}: " + ", ".join(f"{row['method']} {row['value']:.2f}" for row in rows if row["measure"] == measure)
        for measure in _named(rows, "measure")
    ]
    return f"Dots with 95% intervals. {'; '.join(told)}." if rows else "No question says what it expects."


def _named(rows: Sequence[dict], field: str) -> list[str]:
    """The values of a field, in the order of the rows."""
    return list(dict.fromkeys(row[field] for row in rows))


def _colors(rows: Sequence[dict]) -> list[str]:
    special = {"right": ACCENT, "nothing expected": MUTED}
    return [special.get(row["verdict"], RIVAL) for row in rows]


def _helped(row: dict) -> str:
    return f", of which a change fixes {row['fixed']:,}" if row["fixed"] else ""


def _bars(rows: Sequence[dict], color: str) -> dict:
    above, below = [row["high"] - row["value"] for row in rows], [row["value"] - row["low"] for row in rows]
    return {"type": "data", "array": above, "arrayminus": below, "color": color, "thickness": 1.5, "width": 3}


def _targets(rows: Sequence[dict], most: int) -> go.Bar:
    """Unseen rows as wide as the figure, so that a finger finds each."""
    told = [[row["verdict"], f"{row['verdict']}: {row['questions']:,} questions{_helped(row)}"] for row in rows]
    shape = {"orientation": "h", "width": 1, "offset": -0.6, "marker": {"color": CLEAR}}
    text = "%{customdata[1]}<br>Click to see only these<extra></extra>"
    return go.Bar(
        name="rows", y=list(range(len(rows))), x=[most] * len(rows), customdata=told, hovertemplate=text, **shape
    )


def _say(fig: go.Figure, x: int, y: float, text: str, color: str, size: int = 12) -> None:
    """Text at the left edge, x = 0, or the right one, x = 1."""
    place = {"x": x, "xref": "paper", "xanchor": "right" if x else "left", "y": y}
    fig.add_annotation(text=text, font={"color": color, "size": size}, showarrow=False, **place)


def _beyond(fig: go.Figure, y: float, text: str, color: str) -> None:
    """A number beyond the right edge."""
    place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 10, "y": y}
    fig.add_annotation(text=text, font={"color": color, "size": 12}, showarrow=False, **place)
