"""The codes page."""
