"""Specifies nuonuo/studio/shell/terms.py: what is said beside the ranking."""

from dataclasses import replace

from nuonuo.cli.console import told
from nuonuo.studio.shell.terms import notes
from tests.conftest import unit


def test_a_coarse_look_is_named_and_an_exact_one_is_not(stories):
    trace = stories.recall(unit(1, stories.dimension, 1)[0])
    coarse = replace(trace, terms=replace(trace.terms, exact=False))
    for say in (lambda t: " ".join(notes(stories, t)), told):
        assert "compared in full" in say(coarse)
        assert f"{trace.bank.cues:,} cues" in say(coarse)
        assert "compared in full" not in say(trace)
