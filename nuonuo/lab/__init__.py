"""Experiments: one module each, with a `run` that returns rows, flat dicts; `python -m nuonuo lab NAME` prints them."""
