"""Spiking: the codes, the failure and the memory that works, for every bank a visitor may bring."""

import re
from functools import partial

import pytest
import torch

from nuonuo import Memory
from nuonuo.memory.records import record
from nuonuo.studio.shell import banks
from tests.conftest import unit
from tests.pages.conftest import figures, words

PAGE = "pages/spiking.py"
FIGURES = 12


@pytest.fixture
def run(run):
    """Runs a page with the sections of this one open."""
    return partial(run, open="spikes,lif,voting")


def verdict(app) -> str:
    return next(m.value for m in app.markdown if "Of the first" in m.value)


def own(home, cues: list[str], x: torch.Tensor | None = None) -> str:
    """A bank of one's own with these memories, embedded as x (n, d) or by the encoder."""
    bank = Memory(banks.folder() / "mine.nuonuo", banks.encoder())
    bank.add_many([record(cue) if x is None else record(cue, None, (), x[i], x[i]) for i, cue in enumerate(cues)])
    bank.close()
    return "own:mine"


@pytest.mark.parametrize("bank", ["support", "facts", "stories", "confusable", "island"])
def test_every_sample_shows_its_three_parts_beside_softmax_and_nearest_neighbour(run, bank):
    app = run(PAGE, bank=bank)
    assert len(figures(app)) == FIGURES
    assert "where softmax attention gives p = " in verdict(app)
    assert "recalls 5 of 5 cues after 20 steps and 1 after 200; with 100 others stored, 0" in verdict(app)
    assert "Softmax and plain nearest neighbour recall 5." in verdict(app)
    assert "**Plain nearest neighbour** (cosine" in words(app)
    assert "Seed 0 draws all chances" in words(app)


def test_every_comparison_comes_with_its_interval(run):
    app = run(PAGE, bank="support")
    assert re.search(r"\(95% interval 0\.\d+ to [01]\.\d+\), where softmax attention gives p = ", verdict(app))
    assert (
        "not significantly different, by the sign test, though the interval leaves out 0 (difference −100.0 points"
        in verdict(app)
    )
    assert "exact sign test p = 0.06)" in verdict(app)
    assert re.search(r"Poisson at \d\.\d{3} \(\d\.\d{3} lower, 95% interval \d\.\d{3} to \d\.\d{3}\)", words(app))
    assert re.search(r"\(95% interval 0\.\d{4} to 0\.\d{4}\). Independent samples of softmax are expected", words(app))
    assert not re.search(r"\bbetter\b(?! its pattern)|\bworse\b|\bbeats?\b", words(app))


def test_each_equation_names_its_paper_and_its_symbols(run):
    app = run(PAGE, bank="support")
    said = words(app)
    for paper in ("Rueckauer et al.", "Hopfield, PNAS 79, 1982, Eq. 2", "Nessler et al.", "de Moivre", "Eq. 3"):
        assert paper in said
    assert "mᵢ are the rows of X" in said


def test_each_preset_shows_what_it_names(run):
    app = run(PAGE)
    press = lambda number: app.button(key=f"spiking-{number}").click().run()  # noqa: E731
    press(1)
    assert "With 100 random directions, seed 0: **1**" in words(app)
    press(2)
    assert "Alone: 5 of 5 after 20 steps, **5** after 200" in words(app)
    press(0)
    assert "after 20 steps, **1** after 200, when all cues end on one pattern" in words(app)
    press(3)
    assert app.query_params["spike_leak"] == "0.8"
    assert "never fire, however long one waits" in words(app)
    press(4)
    assert app.query_params["beta"] == "8"
    assert not app.exception


def test_every_setting_may_move_and_is_in_the_address(run):
    app = run(PAGE, bank="support")
    moves = {"spike_steps": 1, "spike_leak": 1.0, "spike_gain": 16.0, "lif_steps": 5, "lif_gain": 0.0}
    moves |= {"lif_leak": 0.5, "lif_clamp": 0.0, "inhibition": 1.0}
    for key, value in moves.items():
        app.slider(key=key).set_value(value).run()
        assert not app.exception
        assert app.query_params[key] == f"{value:g}"
        assert len(figures(app)) == FIGURES


def test_pairs_and_backgrounds_may_be_the_visitors_own(run):
    app = run(PAGE, bank="facts", lif_pairs="this bank", lif_others="this bank", lif_steps=30)
    assert re.search(r"Pairs: 5 of 143 memories of this bank, drawn with seed 0", words(app))
    assert "With 100 cues of this bank, the first 100" in words(app)
    app = run(PAGE, bank="support", lif_others="this bank", lif_steps=30)
    assert "With 10 cues of this bank, the first 10 of 10" in words(app)


def test_the_maths_shows_the_numbers_that_were_executed(run):
    app = run(PAGE, spike_steps=8, spike_gain=2, lif_gain=0.5, lif_clamp=7, beta=12, inhibition=0.4)
    shown = "\n".join(each.value for each in app.latex)
    assert r"I = 2\,[\operatorname{relu}" in shown
    assert r"\frac{1}{2 \cdot 2 \cdot 8} = 0.0312" in shown
    assert r"+ 0.5\,W s + 7\,q" in shown
    assert r"0.1 \cdot 12\; m_i^\top q" in shown
    assert r"I + 0.4\,(n - 0.632)" in shown


def test_an_empty_bank_invites_and_shows_the_documented_texts(run, home):
    app = run(PAGE, bank=own(home, []), lif_pairs="this bank", lif_others="this bank")
    assert "This bank is empty" in words(app)
    assert len(figures(app)) == FIGURES
    assert "documented texts" in words(app)


def test_one_memory_gets_every_vote(run, home):
    app = run(PAGE, bank=own(home, ["Where is the key?"]), q="the key", lif_pairs="this bank", lif_others="this bank")
    assert "Of the first 64 spikes, 64 are" in verdict(app)
    assert "One memory votes" in words(app)
    assert "With" not in next(m.value for m in app.markdown if m.value.startswith("Pairs: 1 of 1"))


def test_one_of_many_memories_is_not_called_memories(run):
    assert "Of 143 memories only the nearest votes." in words(run(PAGE, k=1))


def test_of_many_memories_a_bounded_number_takes_part_and_the_page_says_so(run, home):
    app = run(PAGE, bank=own(home, [f"memory {i}" for i in range(400)], unit(400, 384)), q="memory 7")
    assert "The 20 nearest of 400 memories vote" in words(app)
    assert "the question and 99 of 400 cues" in words(app)
    app.segmented_control(key="lif_others").set_value("this bank").run()
    assert "With 100 cues of this bank, the first 100 of 400" in words(app)


def test_the_table_is_measured_when_asked_for(run):
    app = run(PAGE)
    assert not app.dataframe
    next(b for b in app.button if b.label == "Measure it here, now").click().run()
    table = app.dataframe[0].value.set_index("memory")
    assert list(table.loc["spiking WTA, 64 spikes"][:3]) == ["5/5"] * 3
    assert list(table.loc["LIF Hopfield, 100 steps"][:3]) == ["1/5", "1/5", "0/5"]
    assert list(table.loc["nearest neighbour"][:3]) == ["5/5"] * 3
    assert table.loc["softmax Hopfield", "time / softmax"] == "1"
