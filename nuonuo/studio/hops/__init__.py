"""The hops page."""
