"""One address tells one story: every page names the same recalled target, the same p and the same state at rest."""

import re

import pytest

from nuonuo.memory.asking import Asking
from nuonuo.memory.noise import Noise
from nuonuo.memory.outcome import Kind
from nuonuo.studio.shell import banks
from nuonuo.studio.shell.words import quoted
from tests.pages.conftest import words

PAGES = ["home", "attention", "settling", "hops", "codes", "spiking", "map", "debug"]
DOG = "Who feeds the dog while we are away at grandma's?"
WEEK = "What do we talk about at the start of the week?"
TWO_READINGS = {"bank": "facts", "q": DOG, "want": 66, "beta": 8, "steps": 20}
ADDRESSES = [
    TWO_READINGS,
    *({**TWO_READINGS, "beta": beta, "steps": 3} for beta in (0.05, 1, 10, 32, 200)),
    TWO_READINGS | {"sigma": 1},
    TWO_READINGS | {"whiten": False},
    {"bank": "confusable", "q": WEEK, "beta": 10},
]


def told(app) -> tuple[str, str, str]:
    """What a page says: the target recalled, its p, and the kind of rest."""
    said = words(app)
    found = re.search(r"Recalled (“.*?”)[^.]*?ranked first by [a-z ]+, with p = ([\d.]*\d)", said)
    assert found, said[:600]
    after = said[found.end() :].split("\n")[0]
    kinds = [kind for kind in ("fixed point", "metastable state", "average of all") if f"**{kind}**" in after]
    assert len(kinds) == 1, after
    return found[1], found[2], kinds[0]


def truth(address):
    """The trace that this address asks for, straight from the engine."""
    noise = Noise(sigma=address.get("sigma", 0.0))
    asking = Asking(beta=address["beta"], steps=address.get("steps", 3), noise=noise)
    return banks._sample(address["bank"]).recall(address["q"], asking, whitened=address.get("whiten", True))


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_every_page_tells_the_same_story_of_one_address(run, address):
    trace, app = truth(address), run(**address)
    stories = {}
    for page in PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, page
        stories[page] = told(app)
        assert page == "debug" or "blend" not in words(app), page  # a cause there is named so
    assert set(stories.values()) == {stories["home"]}, stories
    target, p, kind = stories["home"]
    assert target == quoted(trace.answer.target)
    assert float(p) == pytest.approx(trace.answer.weight, rel=0.06, abs=0.005)
    assert kind == trace.outcome.rest.kind.value


def test_the_addresses_show_every_kind_of_rest_and_two_readings_that_differ():
    outcomes = [truth(address).outcome for address in ADDRESSES]
    assert {outcome.rest.kind for outcome in outcomes} == set(Kind)
    assert any(outcome.rest.kind is Kind.ONE and not outcome.agree for outcome in outcomes)


@pytest.mark.parametrize("page", PAGES)
def test_where_the_readings_differ_a_page_shows_both(run, page):
    said = words(run(f"pages/{page}.py", **TWO_READINGS))
    assert "ranked first by meaning and words, with p = 0.19 among 20 candidates" in said
    assert "**fixed point** at “Grandma Ruth" in said
    assert "recalls the same memory" not in said  # it is the one ranked first, and the state rests elsewhere


def test_the_attention_page_says_over_which_memories_each_p_is(run):
    said = words(run("pages/attention.py", **TWO_READINGS))
    assert "among 20 candidates" in said
    assert "p = 0.088 over all 143 memories" in said


def test_beta_changes_starts_verdict_although_a_memory_is_expected(run):
    said = {beta: words(run(**TWO_READINGS | {"beta": beta})) for beta in (0.05, 10)}
    assert "**average of all**" in said[0.05]
    assert "the state comes to rest on it" in said[10]


@pytest.mark.parametrize("want", [66, 65])
def test_the_verdict_quotes_targets_on_success_and_on_failure(run, want):
    memory = banks._sample("facts")
    verdict = next(m.value for m in run(bank="facts", q=DOG, want=want).markdown if m.value.startswith("Recalled"))
    assert quoted(memory.get(want).target) in verdict
    assert quoted(memory.get(want).cues[0]) not in verdict
