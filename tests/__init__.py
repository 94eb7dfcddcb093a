"""Tests. While they run, beartype checks the shapes that annotations promise (pyproject.toml says in which modules)."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))  # a whole number may stand where a float is asked for
