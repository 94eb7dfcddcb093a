"""Hops: a chain held against the stored links."""
