"""Figures: pure functions from a result to a Plotly figure, drawn with one template."""
