"""What every page stands in: the address, changed samples, presets, Reset, names of own banks."""

import os
import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from nuonuo import Memory
from nuonuo.memory.records import record
from nuonuo.studio.shell import banks, scratch, state
from nuonuo.studio.shell import own as own_files
from nuonuo.studio.shell.fields import FIELDS
from tests.pages.conftest import words

PAGES = ["home", "attention", "codes", "settling", "hops", "spiking", "map", "debug", "compare"]
NOT_PRESETS = {"mend", "undo", "reset", "put_back", "noisy", "compare-swap"}
STARTS = ("try-", "case-", "beta-", "regime-", "mislead", "spiking-", "digit-", "map-try-", "compare-try-")


def settings(app: AppTest) -> dict:
    return {name: app.session_state[name] for name in state.defaults()}


def everything(app: AppTest) -> dict:
    """All shared values; of a changed sample only which one it is."""
    values = {name: app.session_state[name] for name in FIELDS}
    one = scratch.read(values["bank"])
    return values | {"bank": f"{one.sample}, changed" if one else values["bank"]}


def presets(app: AppTest) -> list[str]:
    return [b.key for b in app.button if (b.key or "").startswith(STARTS) and b.key not in NOT_PRESETS]


def taught(run) -> AppTest:
    app = run()
    app.button(key="mend").click().run()
    return app


def test_a_changed_sample_is_named_by_the_address_and_opens_from_it(run):
    app = taught(run)
    address = app.query_params["bank"]
    assert scratch.ADDRESS.fullmatch(address)
    other = run(**dict(app.query_params.items()))
    assert ", the expected memory: ranked first" in words(other)
    assert other.session_state.bank == address
    assert "changed" in other.selectbox(key="bank").format_func(address)


def test_the_footer_says_what_the_address_holds_and_how_long(run):
    plain = "This page's address repeats it: bank, query, settings and seed"
    assert f"{plain}." in words(run())
    assert f"{plain}; your changes to the sample are in it and are kept until" in words(taught(run))


def test_a_changed_sample_goes_back_to_the_sample(run):
    app = taught(run)
    app.button(key="put_back").click().run()
    assert app.session_state.bank == "facts"
    assert "which came second" in words(app)


def test_a_link_to_expired_changes_says_so_and_shows_the_sample(run, home):
    app = taught(run)
    address = app.query_params["bank"]
    file = scratch.read(address).file(home / "scratch")
    long_ago = time.time() - scratch.KEPT.total_seconds() - 60
    os.utime(file, (long_ago, long_ago))
    other = run(bank=address)
    assert "The changes in this link are gone: they are kept for 30 days" in words(other)
    assert other.session_state.bank == "facts"
    taught(run)
    assert not file.exists()  # a new one sweeps out what has expired


@pytest.mark.parametrize("token", ["../../secret", "a" * 21, "a" * 23, "a/b" + "c" * 19, ""])
def test_a_token_that_no_scratch_bank_can_have_names_no_file(run, token):
    assert scratch.read(f"scratch:facts:{token}") is None
    assert "There is no bank named" in words(run(bank=f"scratch:facts:{token}"))


def test_a_memory_added_and_forgotten_on_the_page_can_be_brought_back(run):
    app = run("pages/memories.py", pick=3)
    next(b for b in app.button if b.label == "Forget this memory").click().run()
    assert "142 memories" in words(app)
    assert scratch.read(app.session_state.bank)
    next(b for b in app.button if b.label == "Bring it back").click().run()
    assert "143 memories" in words(app)


def test_a_kept_bank_has_the_same_ids_and_settings(run, home):
    memory = Memory(encoder=banks.encoder(), units=512, winners=9, seed=5)
    memory.add_many([record(f"What is number {n}?", f"It is {n}.") for n in range(5)])
    memory.forget(3)
    banks.keep("mine", memory)
    kept = Memory.open(home / "banks" / "mine.nuonuo", banks.encoder())
    assert [row.id for row in kept] == [1, 2, 4, 5]
    assert (kept.settings.units, kept.settings.winners, kept.settings.seed) == (512, 9, 5)


def test_of_two_visitors_who_take_one_name_together_the_second_is_told(tmp_path):
    told, start = [], threading.Barrier(8)

    def take(number: int) -> None:
        made = tmp_path / f"{number}.part"
        made.write_text(str(number))
        start.wait()
        try:
            own_files.publish(made, tmp_path / "one.nuonuo")
            told.append(("made", str(number)))
        except ValueError as reason:
            told.append(("told", str(reason)))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = [text for kind, text in told if kind == "made"]
    assert first == [(tmp_path / "one.nuonuo").read_text()]
    assert all("already a bank named 'one'" in text for kind, text in told if kind == "told")


@pytest.mark.parametrize("page", PAGES)
def test_reset_leaves_no_trace_of_any_preset_and_none_leaks_into_the_next(run, page):
    app = run(None if page == "home" else f"pages/{page}.py")
    names, made = presets(app), {}
    assert names
    for name in [*names, *reversed(names)]:  # each comes after two others, or twice in a row
        if name not in presets(app):  # what it shows is no longer there
            continue
        app.button(key=name).click().run()
        now = everything(app)
        if name in made and made[name]["q"] != now["q"]:  # it is for any question and keeps the one asked
            now |= {key: made[name][key] for key in ("bank", "q", "want")}
        assert now == made.setdefault(name, now), name
    if not app.button(key="reset").disabled:  # it is when nothing differs
        app.button(key="reset").click().run()
    assert settings(app) == state.defaults()


def test_every_page_with_settings_has_a_reset(run):
    for page in [*PAGES[1:], "lab", "triage"]:
        assert run(f"pages/{page}.py").button(key="reset"), page


def test_another_bank_opens_with_its_own_question_and_the_settings_as_at_first(run):
    app = run(beta=4, k=3, drop=0.5)
    app.selectbox(key="bank").set_value("stories").run()
    assert settings(app) == state.defaults()
    assert app.text_input(key="q").value == "Which package came with the mail boat?"


def test_the_summary_lists_every_setting_that_differs(run):
    app = run(beta=4, k=3, drop=0.5, steps=1, sigma=0.5, seed=9)
    assert "β = 4, 3 candidates, 1 update step, noise σ = 0.5, 50% of words dropped, seed 9" in words(app)
