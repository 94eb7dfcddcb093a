"""Equation: one formula as LaTeX with the numbers that were executed, where it is from and what its symbols mean.

One convention throughout: patterns are rows. X (c, d) has the rows x_i, ξ is the state; Ramsauer et al. write columns.
"""

from dataclasses import dataclass

RAMSAUER = "Ramsauer et al. 2021, arXiv:2008.02217"
ROWS = "their patterns are columns, ours the rows of $X$"


@dataclass(frozen=True)
class Equation:
    """One formula, ready to be shown."""

    latex: str
    source: str  # paper and equation number, or "Ours" and how it follows
    symbols: str  # Markdown: every symbol, in the order it stands

    @property
    def caption(self) -> str:
        """What stands below it: its source, then its symbols."""
        return f"*{self.source}.* {self.symbols}"
