"""A damaged picture that completes itself: one row of pictures."""

import plotly.graph_objects as go

from nuonuo.explain.settling.digits import Completion
from nuonuo.figures import pictures


def row(done: Completion) -> go.Figure:
    """What was stored, what was shown, each state, and the nearest neighbour; below each state p of what was stored."""
    titles, shown = _pictures(done)
    return pictures.row(titles, shown, (0, 1), "ink %{z:.2f}<extra></extra>")


def _pictures(done: Completion) -> tuple[list[str], list[list[list[float | None]]]]:
    """Titles, and pictures as rows of ink; covered pixels have none."""
    stored, settling = done.pictures, done.settling
    shown = stored.ink(settling.xi).tolist()
    shown[0][len(shown[0]) - done.covered :] = [[None] * 8 for _ in range(done.covered)]
    p = settling.p[:, done.original].tolist()
    states = [f"after {t}<br>p = {p[t - 1]:.2f}" for t in range(1, len(shown))]
    right = "right" if done.nearest == done.original else "another"
    titles = ["stored<br> ", "shown<br> ", *states, f"nearest<br>{right}"]
    originals = stored.ink(stored.X[[done.original, done.nearest]]).tolist()
    return titles, [originals[0], *shown, originals[1]]


def row_words(done: Completion) -> str:
    """What `row` shows, for who cannot see it."""
    p = done.settling.p[-1, done.original]
    return (
        f"A stored {done.pictures.labels[done.original]}, the same with {done.covered} of 8 rows hidden, "
        f"{len(done.settling.p)} states on the way to rest, the last with p = {p:.2f} for what was stored, "
        f"and the nearest neighbour, a {done.pictures.labels[done.nearest]}."
    )
