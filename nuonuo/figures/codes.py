"""Figures of winner-take-all codes: who fires which units, where the cut falls, who collides."""

import math

import plotly.graph_objects as go

from nuonuo.explain.codes.raster import Collisions, Cut, Line, Raster
from nuonuo.figures.template import ACCENT, ACCENT_SOFT, AXIS, INK, LINE, MUTED, RIVAL, RIVAL_SOFT, figure, short

SHADES = [AXIS, INK, ACCENT_SOFT, ACCENT, RIVAL_SOFT, RIVAL]  # new and met before: query, first-ranked, rivals
FAMILY = {"question": 0, "settled": 0, "answer": 2, "expected": 2, "rival": 4}
NAME = {
    "question": "Your query",
    "settled": "After settling",
    "answer": "Ranked first",
    "expected": "Expected",
    "rival": "Rival",
}


def raster_lines(raster: Raster) -> go.Figure:
    """One line a code; a column is a unit, strong where the query fires it or a line above does.

    The heat map's row 2i + 1 is the raster's line i; the rows between are empty and leave room for the labels.
    """
    rows = len(raster.lines)
    units = raster.columns.tolist()
    heat = go.Heatmap(
        z=_cells(raster),
        x=list(range(len(units) + 1)),
        y=[edge for i in range(rows) for edge in (i, i + 0.52)] + [rows],
        customdata=[units] * (2 * rows),
        colorscale=[[(i + e) / len(SHADES), c] for i, c in enumerate(SHADES) for e in (0, 1)],
        zmin=-0.5,
        zmax=len(SHADES) - 0.5,
        showscale=False,
        xgap=0,
        ygap=0,
        hoverongaps=False,
        hovertemplate="unit %{customdata}<extra></extra>",
    )
    notes = [_label(0.26, "shared with the query", MUTED, right=True)]
    for i, line in enumerate(raster.lines):
        color = SHADES[FAMILY[line.role] + 1]
        notes.append(_label(i + 0.26, _title(line), color if line.role != "rival" else INK))
        if i:
            notes.append(_label(i + 0.26, f"{line.shared} of {raster.winners}", MUTED, right=True))
    fig = figure(heat, height=64 + 50 * rows, annotations=notes)
    fig.update_xaxes(
        title=f"the {len(units)} units that fire here, of {raster.units:,}",
        showticklabels=False,
        ticks="",
        showline=False,
        range=[0, len(units)],
    )
    fig.update_yaxes(range=[rows + 0.05, 0], visible=False, fixedrange=True)
    return fig


def _cells(raster: Raster) -> list[list[int | None]]:
    """The shade of each column in each line: pale where the unit is new, strong where it was met before."""
    met = [False] * len(raster.columns)
    cells: list[list[int | None]] = []
    for line, row in zip(raster.lines, raster.fires.tolist(), strict=True):
        strong = line.role == "question"
        cells.append([None] * len(row))
        cells.append([FAMILY[line.role] + (strong or m) if f else None for f, m in zip(row, met, strict=True)])
        met = [m or f for m, f in zip(met, row, strict=True)]
    return cells


def strip(raster: Raster) -> go.Figure:
    """All D units in a row: the query's winners above, the first-ranked memory's below, shared ones through both."""
    mine, theirs = set(raster.question.units.tolist()), set(raster.answer.units.tolist())
    both = mine & theirs
    kinds = [(mine - both, 0.5, 1.0, MUTED, "the query's"), (theirs - both, 0.0, 0.5, MUTED, "the memory's")]
    fig = figure(height=190, showlegend=False)
    for units, low, high, color, whose in [*kinds, (both, 0.0, 1.0, ACCENT, "both")]:
        x = [v for u in sorted(units) for v in (u, u, None)]
        y = [v for _ in units for v in (low, high, None)]
        line = {"color": color, "width": 2.5 if whose == "both" else 1}
        fig.add_scatter(x=x, y=y, mode="lines", line=line, hovertemplate=f"unit %{{x}}: {whose}<extra></extra>")
    fig.update_xaxes(range=[0, raster.units], tickformat=",d", nticks=5)
    fig.update_yaxes(
        range=[-0.05, 1.05], tickvals=[0.25, 0.75], ticktext=["memory", "query"], showgrid=False, fixedrange=True
    )
    return fig


def cut_curve(cut: Cut) -> go.Figure:
    """Scores of all units in order with the cut after k, and where the winners of the first-ranked memory come."""
    D, k = len(cut.score), cut.winners
    fig = figure(*_scores(cut), height=330, showlegend=False)
    fig.add_vline(x=k + 0.5, line={"color": RIVAL, "width": 1, "dash": "dot"})
    left = 2 * math.log10(k) > math.log10(D)  # the wider side; the curve is high up to its end
    fig.add_annotation(
        x=math.log10(k + 0.5),
        y=0.02,
        yref="paper",
        text=f"cut after {k} · margin {cut.margin:.3f}",
        showarrow=False,
        xanchor="right" if left else "left",
        xshift=-6 if left else 6,
        font={"color": RIVAL, "size": 12},
    )
    fig.update_xaxes(type="log", title="units in order of score", range=[0, math.log10(D)], dtick=1, tickformat=",d")
    fig.update_yaxes(title="score", zeroline=True, zerolinecolor=LINE)
    return fig


def _scores(cut: Cut) -> list[go.Scatter]:
    """The scores that fire and those that do not, and the units of the first-ranked memory among them."""
    D, k, score, unit = len(cut.score), cut.winners, cut.score.tolist(), cut.unit.tolist()
    shown = sorted({*range(1, min(2 * k, D) + 1), *(round(D ** (i / 240)) for i in range(241)), D})
    drawn = []
    for ranks, color, fate in (
        ([r for r in shown if r >= k], AXIS, "silent"),
        ([r for r in shown if r <= k], INK, "fires"),
    ):
        line = go.Scatter(x=ranks, y=[score[r - 1] for r in ranks], customdata=[unit[r - 1] for r in ranks])
        line.update(mode="lines", line={"color": color, "width": 3})
        line.hovertemplate = "unit %{customdata} comes %{x}, score %{y:.3f}: " + fate + "<extra></extra>"
        drawn.append(line)
    places = cut.places.tolist()
    dots = go.Scatter(x=places, y=[score[p - 1] for p in places], customdata=[unit[p - 1] for p in places])
    fills = [ACCENT if p <= k else ACCENT_SOFT for p in places]
    dots.update(mode="markers", marker={"size": 8, "color": fills, "line_color": ACCENT})
    dots.hovertemplate = "the memory's unit %{customdata} comes %{x}<extra></extra>"
    return [*drawn, dots]


def collision_lines(found: Collisions) -> go.Figure:
    """The chosen memory's units as columns; below, each colliding memory's line shows which of them it fires too.

    The heat map's row 2i + 1 is the chosen memory for i = 0, then its i-th collision.
    """
    units, usage = found.units.tolist(), found.usage.tolist()
    lines: list[tuple[str, int, list[int | None]]] = [(found.text, len(units), [1] * len(units))]
    lines += [(c.text, len(c.units), [2 if u in c.units else None for u in units]) for c in found.others]
    heat = go.Heatmap(
        z=[row for _, _, line in lines for row in ([None] * len(units), line)],
        x=list(range(len(units) + 1)),
        y=[edge for i in range(len(lines)) for edge in (i, i + 0.55)] + [len(lines)],
        customdata=[list(zip(units, usage, strict=True))] * (2 * len(lines)),
        colorscale=[[0, INK], [0.5, INK], [0.5, RIVAL], [1, RIVAL]],
        zmin=0.5,
        zmax=2.5,
        showscale=False,
        xgap=1,
        hoverongaps=False,
        hovertemplate="unit %{customdata[0]}, used by %{customdata[1]:,} cues<extra></extra>",
    )
    notes = []
    for i, (text, shared, _) in enumerate(lines):
        notes.append(_label(i + 0.3, f"<b>{short(text, 38)}</b>" if not i else short(text, 38), INK))
        notes.append(_label(i + 0.3, f"{shared} of {len(units)}" if i else "shared with it", MUTED, right=True))
    fig = figure(heat, height=56 + 46 * len(lines), annotations=notes)
    fig.update_xaxes(title=f"its {len(units)} units", showticklabels=False, ticks="", showline=False)
    fig.update_xaxes(range=[0, len(units)])
    fig.update_yaxes(range=[len(lines) + 0.05, 0], visible=False, fixedrange=True)
    return fig


def raster_words(raster: Raster) -> str:
    """What `raster_lines` shows, for who cannot see it."""
    rest = "; ".join(f"{NAME[line.role]} {line.text}: {line.shared}" for line in raster.lines[1:])
    return f"Codes of {raster.winners} units each, shared units aligned. Shared with the query: {rest}."


def strip_words(raster: Raster) -> str:
    """What `strip` shows, for who cannot see it."""
    return (
        f"{raster.winners} of {raster.units:,} units for the query, above, and for the memory ranked first, below; "
        f"{raster.answer.shared} run through both."
    )


def cut_words(cut: Cut) -> str:
    """What `cut_curve` shows, for who cannot see it."""
    inside = int((cut.places <= cut.winners).sum())
    return (
        f"Scores of {len(cut.score):,} units, falling. The best {cut.winners} fire; the last of them leads the first "
        f"loser by {cut.margin:.3f}. {inside} of the units of the memory ranked first are among them."
    )


def collision_words(found: Collisions) -> str:
    """What `collision_lines` shows, for who cannot see it."""
    named = "; ".join(f"{c.text}: {len(c.units)}" for c in found.others[:4]) or "none"
    return f"Memories that share units with {found.text}, by how many: {named}."


def _title(line: Line) -> str:
    if line.role in {"question", "settled"}:
        return f"<b>{NAME[line.role]}</b>"
    return f"<b>{NAME[line.role]}</b> {short(line.text, 32)}"


def _label(y: float, text: str, color: str, right: bool = False) -> dict:
    """A text over a line of a raster, at its left or right end."""
    side = "right" if right else "left"
    font = {"color": color, "size": 12 if right else 13}
    return {"x": int(right), "xref": "paper", "y": y, "text": text, "showarrow": False, "xanchor": side, "font": font}
