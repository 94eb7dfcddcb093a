"""The settling page."""
