"""±1 networks drawn: one picture's way to rest, the states nobody stored, and the error against what is stored."""

from collections.abc import Sequence
from math import log10

import plotly.graph_objects as go
from torch import Tensor

from nuonuo.explain.toys.rests import Kind, Rest
from nuonuo.explain.toys.retrieval import Retrieval
from nuonuo.figures import pictures
from nuonuo.figures.template import ACCENT, INK, MUTED, OKABE_ITO, escape, figure

SIDE = 28  # pixels
SWEEPS = 4  # states on the way that are shown, at most
FAR = 1e5  # patterns; a capacity beyond is told at the edge
HOVER = "row %{y}, column %{x}: %{z:+d}<extra></extra>"
ENDS = (-1, 1)
COLORS = {  # of an interaction, wherever it is drawn
    "power2": OKABE_ITO[5],
    "power3": OKABE_ITO[0],
    "power4": OKABE_ITO[2],
    "exponential": ACCENT,
    "lse": OKABE_ITO[3],
}
DASHES = {"power2": "solid", "power3": "dash", "power4": "dashdot", "exponential": "solid", "lse": "longdash"}
SYMBOLS = {"power2": "circle", "power3": "square", "power4": "diamond", "exponential": "triangle-up", "lse": "x"}
NEAREST = "nearest neighbour"


def _rows(state: Tensor) -> pictures.Picture:
    return state.int().view(SIDE, SIDE).tolist()


def row(done: Retrieval, names: Sequence[str]) -> go.Figure:
    """What was stored and shown, the state after each sweep, the last at rest, and the nearest stored picture."""
    titles = [f"stored<br>{escape(names[done.original])}", "shown<br> "]
    shown = [_rows(done.net.patterns[done.original]), _rows(done.shown)]
    T, E = done.sweeps, done.energy.tolist()
    on_the_way = _chosen(T)
    for t in on_the_way:
        last = t == T
        titles.append(f"{'at rest, ' * last}{'sweep' if last else 'after sweep'} {t}<br>{_energy(E[t])}")
        shown.append(_rows(done.states[t]))
    titles.append(f"nearest<br>{escape(names[done.nearest])}")
    shown.append(_rows(done.net.patterns[done.nearest]))
    return pictures.row(titles, shown, ENDS, HOVER, height=260)


def _chosen(T: int) -> list[int]:
    """Which states after sweeps are shown: the first ones and the last."""
    if T <= SWEEPS:
        return list(range(1, T + 1)) or [0]
    return [*range(1, SWEEPS), T]


def _energy(value: float) -> str:
    return f"E = {value:.4g}".replace("-", "−").replace("e+", "e")


def row_words(done: Retrieval, names: Sequence[str]) -> str:
    """What `row` shows, for who cannot see it."""
    end = {
        Kind.PATTERN: f"the stored {names[done.rest.of[0]]}",
        Kind.REVERSED: f"the {names[done.rest.of[0]]} with ink and paper exchanged",
        Kind.MIXTURE: "a mixture of " + ", ".join(names[i] for i in done.rest.of),
        Kind.OTHER: "a picture that was never stored",
    }[done.rest.kind]
    return (
        f"The stored {names[done.original]}; the same, {done.damage.words}; its states in {done.sweeps} sweeps, the "
        f"last of them {end}, {done.wrong} pixels wrong; and the nearest stored picture, the {names[done.nearest]}."
    )


def spurious(found: Sequence[Rest], names: Sequence[str]) -> go.Figure:
    """States at rest, each with what it is and how many starts ended in it."""
    titles = [f"{_kind(one, names)}<br>{one.count} start{'s' * (one.count != 1)}" for one in found]
    margin = {"l": 0, "r": 0, "t": 84, "b": 0}  # a mixture's name takes four lines
    return pictures.row(titles, [_rows(one.state) for one in found], ENDS, HOVER, height=270, margin=margin)


def _kind(one: Rest, names: Sequence[str]) -> str:
    if one.kind is Kind.MIXTURE:
        return "mixture: " + ",<br>".join(escape(names[i]) for i in one.of)
    if one.kind is Kind.OTHER:
        return f"other, {one.overlap:+.2f}<br>{escape(names[one.of[0]])}".replace("-", "−")
    return escape(names[one.of[0]]) + (", reversed" if one.kind is Kind.REVERSED else "")


def spurious_words(found: Sequence[Rest], names: Sequence[str]) -> str:
    """What `spurious` shows, for who cannot see it."""
    told = [f"{one.kind.value} ({', '.join(names[i] for i in one.of)}), {one.count} starts" for one in found]
    return f"{len(found)} states at rest that nobody stored, as pictures: {'; '.join(told)}."


def error(rows: Sequence[dict], chosen: str, units: int, known: dict[str, float]) -> go.Figure:
    """Wrong units against stored patterns, with 95% intervals and the known capacities; chosen: drawn bold.

    rows: of part "measured" as nuonuo/lab/classical.py makes them; there may be none yet. known: capacities in patterns
    by interaction.
    """
    fig = figure(height=400, showlegend=True, hovermode="closest")
    measured = [one for one in rows if one.get("part") == "measured"]
    systems = list(dict.fromkeys(one["system"] for one in measured))
    for system in sorted(systems, key=lambda name: name == NEAREST):
        some = sorted((one for one in measured if one["system"] == system), key=lambda one: one["patterns"])
        fig.add_trace(_curve(some, system, chosen))
    _lines(fig, known)
    end = log10(2 * max([*(at for at in known.values() if at <= FAR), *(one["patterns"] for one in measured), 10]))
    title = f"patterns stored P, of {units:,} units each"
    fig.update_xaxes(type="log", title_text=title, dtick=1, range=[0.2, end], exponentformat="power")
    fig.update_yaxes(title_text="share of units wrong at rest", range=[-0.02, 0.62], tickformat=".0%")
    legend = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top"}
    return fig.update_layout(legend=legend, margin={"t": 64}, uirevision="error")


def _curve(some: Sequence[dict], system: str, chosen: str) -> go.Scatter:
    which = some[0].get("interaction")
    color = INK if which is None else COLORS.get(which, OKABE_ITO[1])
    bold = which == chosen
    y = [one["error"] for one in some]
    return go.Scatter(
        x=[one["patterns"] for one in some],
        y=y,
        error_y={
            "array": [one["high"] - e for one, e in zip(some, y, strict=True)],
            "arrayminus": [e - one["low"] for one, e in zip(some, y, strict=True)],
            "color": color,
            "thickness": 1,
            "width": 2,
        },
        mode="lines+markers",
        name=system,
        line={"color": color, "width": 4 if bold else 1.5, "dash": "dot" if which is None else DASHES.get(which)},
        marker={"color": color, "size": 9 if bold else 6, "symbol": "cross" if which is None else SYMBOLS.get(which)},
        opacity=1 if bold or which is None else 0.75,
        customdata=[[one["low"], one["high"], one["n"]] for one in some],
        hovertemplate="P = %{x}: %{y:.2%} wrong, 95% interval %{customdata[0]:.2%} to %{customdata[1]:.2%}, "
        f"%{{customdata[2]}} retrievals<extra>{escape(system)}</extra>",
        cliponaxis=False,
    )


def _lines(fig: go.Figure, known: dict[str, float]) -> None:
    """The known capacities, dotted, each named above the figure."""
    for which, at in sorted(known.items(), key=lambda item: item[1]):
        if at > FAR:
            beyond = f"{_named(which, at).replace('<br>', ' = ')} →"
            fig.add_annotation(
                text=beyond,
                x=1,
                y=0.5,
                xref="paper",
                showarrow=False,
                xanchor="right",
                font_color=COLORS.get(which, MUTED),
            )
            continue
        color = COLORS.get(which, MUTED)
        fig.add_trace(
            go.Scatter(
                x=[at, at],
                y=[0, 0.56],
                mode="lines+text",
                text=["", _named(which, at)],
                textposition="top center",
                textfont={"color": color, "size": 11},
                line={"color": color, "width": 1.25, "dash": "dot"},
                hoverinfo="skip",
                showlegend=False,
                cliponaxis=False,
            )
        )


def _named(which: str, at: float) -> str:
    power = which.removeprefix("power")
    formula = {"power2": "0.138 N", "exponential": "2<sup>N/2</sup>"}.get(which, f"power {power}")
    if at <= FAR:
        return f"{formula}<br>{at:,.0f}"
    digits, exponent = f"{at:.1e}".split("e")
    return f"{formula}<br>{digits} × 10<sup>{int(exponent)}</sup>"


def error_words(rows: Sequence[dict]) -> str:
    """What `error` shows, for who cannot see it."""
    measured = [one for one in rows if one.get("part") == "measured"]
    if not measured:
        return "Share of wrong units against stored patterns: nothing is measured yet."
    told = []
    for system in dict.fromkeys(one["system"] for one in measured):
        some = [one for one in measured if one["system"] == system]
        first, last = some[0], some[-1]
        told.append(
            f"{system} {first['error']:.1%} at {first['patterns']}, {last['error']:.1%} at {last['patterns']:,}"
        )
    return f"Share of wrong units against stored patterns: {'; '.join(told)}. Dotted lines: the known capacities."
