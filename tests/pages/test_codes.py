"""Codes: what a code looks like, how codes separate, and which memories collide."""

import pytest
from streamlit.delta_generator import DeltaGenerator

from nuonuo import Encoder, Memory
from nuonuo.studio.codes import collisions as collisions_panel
from nuonuo.studio.codes import panel as codes_panel
from nuonuo.studio.shell import linking
from nuonuo.studio.shell.words import quoted
from tests.pages.conftest import figures, words

PAGE = "pages/codes.py"
SAMPLES = ["support", "facts", "stories", "confusable", "island"]


def verdict(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("Recalled"))


def own(home, name: str, *cues: str) -> str:
    """A bank of one's own with these memories; its name for the address."""
    (home / "banks").mkdir(exist_ok=True)
    memory = Memory(home / "banks" / f"{name}.nuonuo", Encoder())
    for cue in cues:
        memory.add(cue)
    memory.close()
    return f"own:{name}"


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_sample_shows_its_codes(run, bank):
    app = run(PAGE, bank=bank)
    assert "fires 50 of 16,384 units" in verdict(app)
    assert len(figures(app)) == 6
    assert "Plain nearest neighbour" in words(app)
    assert "shares at least one of its 50 units" in words(app)


def test_an_empty_bank_invites_to_add(run, home):
    app = run(PAGE, bank=own(home, "empty"))
    assert "This bank is empty" in words(app)
    assert "Remember" in [button.label for button in app.button]
    assert not figures(app)


def test_one_memory_collides_with_nothing(run, home):
    app = run(PAGE, bank=own(home, "one", "Where is the key?"), q="the key")
    assert "nothing can collide with it" in words(app)
    assert "One cue alone" in words(app)


def test_settling_completes_the_code(run):
    app = run(PAGE)
    assert "the state after 3 update steps, which has come to rest, shares **50**: settling completes" in verdict(app)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("try-words", "shares **50** with the code of that memory: all of them"),
        ("try-blend", "the code of an average is not the code of a memory"),
        ("try-wide", "of 1,024"),
    ],
)
def test_every_preset_shows_what_it_promises(run, key, said):
    app = run(PAGE)
    app.button(key=key).click().run()
    assert not app.exception
    assert said in verdict(app)


@pytest.mark.parametrize("k", [5, 250])
def test_moving_k_changes_the_codes_shown_and_the_formula(run, k):
    app = run(PAGE)
    app.slider(key="winners").set_value(k).run()
    assert not app.exception
    assert f"fires {k} of 16,384 units" in verdict(app)
    assert any(rf"\operatorname{{top}}_{{{k}}}" in latex.value for latex in app.latex)
    assert "its 50 units" in words(app)  # the bank's own codes stay what they are
    assert app.query_params["winners"] == str(k)


def test_moving_d_changes_the_projection_and_one_click_goes_back(run):
    app = run(PAGE)
    app.select_slider(key="units").set_value(1024).run()
    assert "of 1,024 units" in verdict(app)
    assert any(r"\mathbb{R}^{384 \times 1024}" in latex.value for latex in app.latex)
    next(b for b in app.button if b.label == "Back to this bank's").click().run()
    assert "of 16,384 units" in verdict(app)


def test_picking_a_memory_shows_its_collisions(run):
    app = run(PAGE, bank="stories")
    chosen = app.selectbox(key="pick").options[5]
    app.selectbox(key="pick").select_index(5).run()
    assert not app.exception
    assert f"{quoted(chosen)} shares at least one of its 50 units" in words(app)
    assert app.query_params["pick"] == str(app.session_state.pick)


def test_a_pick_of_another_bank_is_let_go(run):
    app = run(PAGE, bank="support", pick=77)
    assert app.selectbox(key="pick").value is None


def test_a_link_restores_k_and_d(run):
    app = run(PAGE, bank="stories", winners=100, units=4096, beta=12, seed=5)
    assert "fires 100 of 4,096 units" in verdict(app)


def test_a_wrong_link_is_said_and_the_default_used(run):
    app = run(units=777, winners=9999)
    assert "The link's units must be 1024, 2048, … or 32768, got '777'" in words(app)
    assert "fires 50 of 16,384 units" in verdict(app.switch_page(PAGE).run())


def test_while_codes_are_made_the_question_is_drawn_and_a_bar_says_how_far(run, home, monkeypatch):
    bank, make, seen = own(home, "slow", "Where is the key?", "Where is the lock?"), Memory.make_codes, []
    plot, bar = codes_panel.plot, DeltaGenerator.progress  # both panels draw by it

    def slowly(memory, whitened, tell):
        tell(1, 4)
        linking.threading.Event().wait(1)
        return make(memory, whitened, tell)

    monkeypatch.setattr(Memory, "make_codes", slowly)
    for panel in (codes_panel, collisions_panel):
        monkeypatch.setattr(panel, "plot", lambda fig, key, *a, **k: seen.append(key) or plot(fig, key, *a, **k))
    monkeypatch.setattr(DeltaGenerator, "progress", lambda *a: seen.append(a[2]) or bar(*a))
    app = run(PAGE, bank=bank, q="the key")
    said = seen.index("Making the codes of all 2 cues, once: 25%")
    assert seen.index("usage") < said < seen.index("collisions")
    assert not app.get("progress")  # and it is gone


def test_codes_that_cannot_be_made_are_said(run, home, monkeypatch):
    bank = own(home, "broken", "Where is the key?", "Where is the lock?")

    def fail(*_):
        raise RuntimeError("no memory left")

    monkeypatch.setattr(Memory, "make_codes", fail)
    app = run(PAGE, bank=bank, q="the key")
    assert "The codes of this bank could not be made: no memory left" in words(app)
    app.run()
    assert "no memory left" in words(app)
