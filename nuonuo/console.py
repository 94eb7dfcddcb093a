"""What the command line prints: traces and tables for people, and a bar while something runs."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nuonuo.trace import Trace


def told(trace: "Trace") -> str:
    """A trace for people: the answer, the ranking, plain cosine's answer, and the hops."""
    ranked = [
        {"rank": i, "id": c.id, "weight": c.weight, "similarity": c.similarity, "cosine": c.cosine, "target": c.target}
        for i, c in enumerate(trace.candidates[:5], 1)
    ]
    nearest = trace.nearest
    plain = "the same" if nearest.id == trace.answer.id else f"{nearest.target} (id {nearest.id})"
    lines = [trace.answer.target, "", table(ranked), ""]
    lines += [f"Plain nearest neighbour: {plain}, cosine {nearest.cosine:.3f}"]
    if trace.stop is not None:
        hops = [
            {"hop": i, "id": h.id, "cosine": h.cosine, "margin": h.margin, "target": h.target}
            for i, h in enumerate(trace.hops, 1)
        ]
        lines += ["", *([table(hops)] if hops else []), f"Stopped: {trace.stop}"]
    return "\n".join(lines)


def table(rows: list[dict]) -> str:
    """Rows as aligned text: numbers right, texts left and cut at 80 characters."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    texts = [any(isinstance(row.get(name), str) for row in rows) for name in columns]
    pads = [str.ljust if is_text else str.rjust for is_text in texts]
    lines = [columns, *cells]
    return "\n".join("  ".join(p(c, w) for p, c, w in zip(pads, line, widths, strict=True)).rstrip() for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    text = f"{value:,}" if type(value) is int else " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79] + "…"


def progress(what: str) -> Callable[[int, int], None] | None:
    """A bar on standard error while it is a terminal, else None."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        filled = 30 * done // max(total, 1)
        sys.stderr.write(f"\r\x1b[K{what} {'█' * filled}{'░' * (30 - filled)} {done:,}/{total:,}")
        if done >= total:
            clear_progress()

    return show


def clear_progress() -> None:
    """Take the bar away."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
