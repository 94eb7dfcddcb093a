"""Debug a recall: the verdict and its causes, changes that are applied and undone, influence, and capsules."""

import json

import numpy as np
import pytest

from nuonuo import Encoder, Memory
from nuonuo.debug.capsule import Capsule, make
from nuonuo.debug.capsule_pytest import as_pytest
from nuonuo.explain.hops.chains import chain_items, look_alikes
from nuonuo.files.questions import Question, read_questions, write_questions
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import Record, record
from nuonuo.studio.debug import fixes as debug_fixes
from nuonuo.studio.shell.presets import CASES
from nuonuo.studio.shell.words import quoted, typed
from tests.pages.conftest import figures, words
from tests.pages.test_codes import own

PAGE = "pages/debug.py"
PETS = 66  # the memory that this question means
OPENING = "Who feeds the dog while we are away at grandma's?"
VERDICTS = ["Asked in other words", "Not a candidate", "Average of all", "Noise beyond the basin", "No relation seen"]


@pytest.fixture
def run(run):
    """Runs a page, on a question that only memorising mends where nothing is asked."""

    def start(page: str, **address: object):
        asked = {} if {"bank", "q"} & set(address) else {"q": OPENING, "want": PETS}
        return run(page, **asked | address)

    return start


def verdict(app) -> str:
    named = [m.value for m in app.markdown if m.value.startswith("**") and m.value.partition("**")[2][:1].isupper()]
    return named[0]


def shown(app) -> str:
    """All that the page says, without the marks that keep texts from being Markdown."""
    return words(app).replace("\\", "").replace("\u2060", "")


def buttons(app) -> list[str]:
    return [b.key for b in app.button if b.key and b.key.startswith(("fix-", "part-"))]


def press(app, label: str):
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception, app.exception


def row_of(app, text: str) -> str:
    """The key of the button that applies the change with this text."""
    said = [m.value.replace("\\", "") for m in app.markdown]
    rows = [s for s in said if s.startswith("**") and s.endswith("**")]
    return dict(zip(rows, buttons(app), strict=True))[next(r for r in rows if text in r)]


def fields(app) -> list[str]:
    return [t.label for t in app.text_input]


def fill(app, label: str, text: str):
    next(t for t in app.text_input if t.label == label).set_value(text)


def test_a_missed_question_is_diagnosed_at_once(run):
    app = run(PAGE)
    pets = "“Who looks after the pets when we travel?”"
    assert f"**A rival wins.** {pets} is expected and came third of 143" in shown(app)
    assert "“What food does the dog eat?” wins by 1.13: meaning 4.66 + words 0.78 against 3.57 + 0.74" in shown(app)
    assert "recalls the same memory. What it recalls is not the expected memory." in words(app)
    assert "Looked for and not found: cut short, another language, negation or opposite, stale twin" in words(app)
    assert len(figures(app)) == 4
    assert app.selectbox(key="want").value == PETS


def test_the_first_change_is_applied_and_undone(run):
    app = run(PAGE)
    before = verdict(app)
    assert app.button(key="fix-0").proto.type == "primary"
    assert "third → first · p 0.05 → 1.00" in words(app)
    app.button(key="fix-0").click().run()
    assert verdict(app).startswith("**Right.**")
    assert "Before, it was third, with p = 0.05. Only your own copy of the sample was changed" in shown(app)
    app.switch_page("pages/home.py").run()
    app.switch_page(PAGE).run()
    app.button(key="undo").click().run()
    assert verdict(app) == before
    assert "undo" not in [b.key for b in app.button]


def test_what_else_a_change_does_is_named(run):
    app = run(PAGE)
    assert "It breaks:\n- “It is New Year's Eve, where has the dog gone?”" in shown(app)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_every_case_to_try_fails_for_its_own_reason_and_is_fixed(run, number):
    app = run(PAGE, bank="support")
    app.button(key=f"case-{number}").click().run()
    assert not app.exception
    assert verdict(app).startswith(f"**{VERDICTS[number]}.**")
    before, keys = verdict(app), buttons(app)
    for key in keys:
        app.button(key=key).click().run()
        assert not app.exception
        assert verdict(app).startswith("**Right.**") or key.startswith("part-")
        assert verdict(app) != before
        app.button(key="undo").click().run()
        assert verdict(app) == before
        assert buttons(app) == keys
    assert keys[0] == "fix-0"


@pytest.mark.parametrize(
    ("address", "words_of_it", "changes"),
    [
        ({"q": CASES[2][1], "want": 1, "beta": 1}, "Raise β from 1 to 36", {"beta": 36.0}),
        ({"q": OPENING, "want": PETS, "k": 2}, "Raise k from 2 to 3", {"k": 3}),
        ({"q": OPENING, "want": PETS, "k": 2}, "Rename the rival", {}),
        ({"q": "How big is a portion for our dog?", "sigma": 1.5, "seed": 3}, "Ask without noise", {"sigma": 0.0}),
        (
            {"q": "How big is a portion for our dog?", "sigma": 1.5, "seed": 3},
            "Compare plain cosines",
            {"whiten": False},
        ),
    ],
)
def test_each_kind_of_change_is_applied_and_undone(run, address, words_of_it, changes):
    app = run(PAGE, **address)
    before, then = verdict(app), {name: app.session_state[name] for name in changes}
    app.button(key=row_of(app, words_of_it)).click().run()
    assert not app.exception
    assert {name: app.session_state[name] for name in changes} == changes
    assert f"Applied: {words_of_it}" in shown(app)
    app.button(key="undo").click().run()
    assert verdict(app) == before
    assert {name: app.session_state[name] for name in changes} == then


def bank_of(home, *made: Record, **settings) -> tuple[str, Memory]:
    """A bank of one's own of these memories."""
    (home / "banks").mkdir(exist_ok=True)
    memory = Memory(home / "banks" / "made.nuonuo", Encoder(), **settings)
    memory.add_many(made)
    return "own:made", memory


def check_applied_and_undone(app, words_of_it: str):
    """Apply the change that says this, see it fixed, take it back."""
    before = verdict(app)
    app.button(key=row_of(app, words_of_it)).click().run()
    assert not app.exception
    assert verdict(app).startswith("**Right.**")
    assert f"Applied: {words_of_it}" in shown(app)
    assert "your own copy" not in words(app)
    app.button(key="undo").click().run()
    assert verdict(app) == before


def test_near_duplicates_are_merged_and_parted_again(run, home, sample):
    twins = [record("Who has the key?", target) for target in ("Agnes next door", "Agnes, next door")]
    bank, memory = bank_of(home, *(record(row["cue"], row["target"]) for row in sample("support")), *twins)
    want = ({11, 12} - {memory.recall("Who has the key?").answer.id}).pop()
    memory.close()
    app = run(PAGE, bank=bank, q="Who has the key?", want=want)
    assert verdict(app).startswith("**Near-duplicate.**")
    check_applied_and_undone(app, "Forget the near-duplicate")
    app.button(key=row_of(app, "Merge the near-duplicate")).click().run()
    assert "of 11" in shown(app)
    app.button(key="undo").click().run()
    assert verdict(app).startswith("**Near-duplicate.**")


def test_a_missing_link_is_stored_and_taken_away(run, home, sample):
    chain = chain_items("The bell rings\nThe door opens\nThe cat slips out")
    chain += chain_items("A cat sits on the roof\nThe neighbour fetches a ladder")
    bank, memory = bank_of(home, *(record(row["cue"], row["target"]) for row in sample("support")), *chain)
    memory.close()
    app = run(PAGE, bank=bank, q="The bell rings", want=11, debug_hops=4)
    assert "**Hop broken.**" in shown(app)
    check_applied_and_undone(app, "Store the missing link “The cat slips out” → “A cat sits on the roof”")


def test_a_separation_is_applied_as_it_was_tried(run, home):
    links = look_alikes(61)
    bank, memory = bank_of(home, *links, exponent=0.0, centre=False)
    want = memory.recall(links[0].cues[0]).answer.id
    memory.close()
    app = run(PAGE, bank=bank, q=links[0].cues[0], want=want, debug_hops=4, sep="linear")
    assert "**Hop broken.**" in shown(app)
    assert "by softmax 32" not in shown(app)  # the app's own is softmax 8
    check_applied_and_undone(app, "Separate the links by power 3")
    assert app.session_state.sep == "linear"


def test_changes_applied_one_after_another_are_undone_one_by_one(run):
    app = run(PAGE, q=OPENING, want=PETS, k=2)
    app.button(key=row_of(app, "Raise k")).click().run()
    assert verdict(app).startswith("**A rival wins.**")
    app.button(key="fix-0").click().run()
    assert verdict(app).startswith("**Right.**")
    app.button(key="undo").click().run()
    assert verdict(app).startswith("**A rival wins.**")
    app.button(key="undo").click().run()
    assert verdict(app).startswith("**Not a candidate.**")


def test_a_change_of_the_bank_can_be_undone_from_another_question(run):
    app = run(PAGE)
    app.button(key="fix-0").click().run()
    app.text_input(key="q").set_value("Where is the spare car key?").run()
    assert "Applied for “Who feeds the dog" in shown(app)
    app.button(key="undo").click().run()
    assert "undo" not in [b.key for b in app.button]


def test_a_change_of_settings_is_undone_only_where_it_was_made(run):
    app = run(PAGE, q="Who is the vet?", beta=1, want=59)
    app.button(key="fix-0").click().run()
    assert app.session_state.beta > 1
    app.text_input(key="q").set_value("Where is the spare car key?").run()
    assert "undo" not in [b.key for b in app.button]


def test_changes_are_tried_once_for_one_recall(run, monkeypatch):
    app = run(PAGE)
    monkeypatch.setattr(debug_fixes.fixes, "fixes", None)
    app.session_state.pick = 5
    app.run()
    assert not app.exception
    assert buttons(app) == ["fix-0"]


def test_a_big_bank_tries_changes_only_when_asked(run, monkeypatch):
    monkeypatch.setattr(debug_fixes, "MANY", 100)
    app = run(PAGE)
    assert buttons(app) == []
    assert "a copy of 143 memories" in words(app)
    press(app, "Find what fixes it")
    assert buttons(app) == ["fix-0"]
    app.run()
    assert buttons(app) == ["fix-0"]


def test_words_of_ones_own_are_tried_like_any_change(run):
    app = run(PAGE)
    fill(app, "Another cue for the expected memory", "Who feeds the dog while we are away?")
    press(app, "Try it")
    assert "Memorise “Who feeds the dog while we are away?”: store it as one more cue of the memory" in shown(app)
    app.button(key="own-teach").click().run()
    assert verdict(app).startswith("**Right.**")
    app.button(key="undo").click().run()
    fill(app, "Another cue for the expected memory", "Bicycle bell")
    press(app, "Try it")
    assert "“Bicycle bell” was tried on a copy and does not help." in words(app)


def test_what_is_not_stored_can_be_stored(run):
    app = run(PAGE, q="How tall is the Eiffel tower?", want=0)
    assert verdict(app).startswith("**Not stored.** The closest memory is")
    fill(app, "What should it have recalled?", "It is 330 metres tall.")
    press(app, "Try it")
    assert "not stored → first" in words(app)
    app.button(key="own-store").click().run()
    assert "**Right.** Recalled “It is 330 metres tall”" in shown(app)
    app.button(key="undo").click().run()
    assert verdict(app).startswith("**Not stored.**")
    assert app.session_state.want == 0


def test_what_is_stored_already_is_not_stored_again(run, sample):
    app = run(PAGE, q="How tall is the Eiffel tower?", want=0)
    fill(app, "What should it have recalled?", sample("facts")[4]["target"])
    press(app, "Try it")
    assert "is stored already: choose that memory above." in words(app)


def test_until_it_is_said_what_is_expected_the_page_asks(run):
    app = run(PAGE, q="Where is the ladder?")
    assert verdict_line(app).startswith("Recalled")
    assert "Was it right?" in words(app)
    assert "Say which memory is expected: then" in words(app)
    assert buttons(app) == []
    app.selectbox(key="want").set_value(PETS).run()
    assert verdict(app).startswith("**")
    assert "Which words mattered" in words(app)


def verdict_line(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("Recalled"))


def test_the_picker_offers_every_memory_of_a_small_bank_and_no_more_than_found_of_a_big_one(run, monkeypatch):
    app = run(PAGE)
    picker = app.selectbox(key="want")
    assert len(picker.options) == 143 + 2  # not said, and none of these
    assert picker.options[1].startswith("1  What food does the dog eat?")
    monkeypatch.setattr("nuonuo.studio.debug.panel.LISTED", 100)
    app.run()
    assert len(app.selectbox(key="want").options) == 20 + 2
    app.text_input(key="debug_find").set_value("scooter").run()
    few = app.selectbox(key="want").options
    app.text_input(key="debug_find").set_value("e").run()
    assert len(few) < len(app.selectbox(key="want").options) <= 20 + 2 + 100
    app.text_input(key="debug_find").set_value("no such **word**").run()
    assert f"No memory holds {quoted('no such **word**')}." in words(app)


def test_a_question_of_the_set_says_what_is_expected_even_of_several(run, home):
    bank = own(home, "several", "Where is the key?", "Where is the cat?", "Where is the old key?")
    write_questions(home / "banks" / "several.questions.jsonl", [Question("1", "the brass key", (1, 3), ())])
    app = run(PAGE, bank=bank, q="the brass key")
    assert app.selectbox(key="want").options[0] == "all of 2 memories  (the question set says so)"
    assert verdict(app).startswith(("**Right.**", "**Metastable state.**", "**Average of all.**"))
    app = run(PAGE, bank=bank, q="the brass key", want=2)
    assert "“Where is the cat?” is expected" in shown(app)


def test_plain_cosine_is_held_against_what_the_set_means(run):
    app = run(PAGE, q="How big is a portion for our dog?", sigma=1.5, seed=3)
    assert ", the expected memory: it is right here." in shown(app)


def test_a_question_for_which_the_set_expects_nothing_is_not_stored(run, home):
    bank = own(home, "none", "Where is the key?", "Where is the cat?")
    write_questions(home / "banks" / "none.questions.jsonl", [Question("1", "the mayor of Oslo", (), ())])
    assert verdict(run(PAGE, bank=bank, q="the mayor of Oslo")).startswith("**Not stored.**")


def test_a_link_restores_the_case(run):
    app = run(PAGE, q=OPENING, want=PETS, k=2, beta=8, whiten=False, debug_hops=1)
    assert app.selectbox(key="want").value == PETS
    assert (app.slider(key="k").value, app.slider(key="beta").value) == (2, 8.0)
    assert app.toggle(key="whiten").value is False
    assert "plain cosines, seed 0, 1 hop" in words(app)
    assert app.query_params["debug_hops"] == "1"
    assert "**Hops:**" in words(app)


def test_the_maths_is_that_of_the_keys_that_were_compared(run):
    latex = lambda app: "\n".join(each.value for each in app.latex)  # noqa: E731
    assert r"\hat\mu" in latex(run(PAGE))
    plain = latex(run(PAGE, whiten=False))
    assert r"\hat\mu" not in plain
    assert r"k = \frac{x}{\lVert x \rVert}" in plain


def test_hops_are_followed_and_a_chain_that_ends_is_said(run):
    app = run(PAGE, bank="stories", debug_hops=2)
    assert verdict(app).startswith("**Right.**")
    assert "hop broken, code collision" in words(app)
    app = run(PAGE, q="Where is the spare car key?", want=2, debug_hops=3)
    assert not app.exception
    assert "**Hops:**" in words(app)


def test_an_empty_bank_invites_to_add(run, home):
    app = run(PAGE, bank=own(home, "empty"))
    assert "This bank is empty" in words(app)
    assert not figures(app)
    assert len(app.file_uploader) == 1


def test_a_bank_of_one_memory_is_right_or_says_what_is_missing(run, home):
    app = run(PAGE, bank=own(home, "one", "Where is the key?"), q="the key", want=1)
    assert "There is no other memory." in words(app)


def test_a_persons_text_is_shown_as_typed(run, home):
    nasty = "**bold** :smile: $x$ [l](http://x) <b>b</b> `c` :red[r] key"
    app = run(PAGE, bank=own(home, "nasty", nasty, "Where is the old key?"), q="Where is my key?", want=1)
    assert quoted(nasty) in verdict(app)
    app = run(PAGE, bank="own:nasty", q=nasty, want=2)
    assert typed(nasty) in words(app)
    assert "**bold**" not in "\n".join(m.value for m in app.markdown).replace(typed(nasty), "")


@pytest.fixture
def vectors(home):
    """A bank of embeddings made elsewhere, with a question of its set that fails."""
    (home / "banks").mkdir()
    X = np.random.default_rng(0).normal(size=(30, 64)).astype(np.float32)
    memory = Memory(home / "banks" / "vectors.nuonuo", dimension=64)
    memory.add_many([record(f"cue {n}", f"target {n}", (), X[n : n + 1], X[n]) for n in range(30)])
    own_vector = tuple(map(float, 0.5 * X[3] + 0.8 * X[9]))
    questions = [Question("1", "the third", (4,), (), own_vector), Question("2", "without one", (5,), ())]
    write_questions(home / "banks" / "vectors.questions.jsonl", questions)
    memory.close()
    return "own:vectors"


def test_a_bank_without_an_encoder_is_debugged_by_its_questions_embeddings(run, vectors):
    app = run(PAGE, bank=vectors, q="the third")
    assert "“cue 3” is expected and came second of 30" in shown(app)
    assert "the query without one of its words has no embedding, so this is not known." in words(app)
    assert "words of your own have no embedding." in words(app)
    app.button(key="fix-0").click().run()
    assert verdict(app).startswith("**Right.**")
    app.button(key="undo").click().run()
    assert "came second of 30" in verdict(app)
    app = run(PAGE, bank=vectors, q="the third", want=0)
    assert "what it lacks comes into it by a file" in words(app)


def capsule_of(name: str, asked: str, meant: tuple[int, ...], home, **settings) -> Capsule:
    """A capsule of a bank in the banks folder."""
    memory = Memory.open(home / "banks" / f"{name}.nuonuo")
    try:
        return make(memory, Question("q", asked, meant, ()), Asking(**settings))
    finally:
        memory.close()


def upload(app, name: str, text: str):
    app.file_uploader[0].upload(name, text.encode(), "application/json").run()
    assert not app.exception, app.exception
    return app


def test_a_capsule_opens_as_a_bank_of_its_own_with_its_question(run, home, sample):
    own(home, "notes", *(row["cue"] for row in sample("facts")[:60]))
    capsule = capsule_of("notes", "the beeping thing", (5,), home, k=3, beta=8.0)
    app = upload(run(PAGE), "case.json", capsule.to_json())
    assert app.session_state.bank == "own:capsule notes"
    assert app.text_input(key="q").value == "the beeping thing"
    assert (app.slider(key="k").value, app.slider(key="beta").value, app.selectbox(key="want").value) == (3, 8.0, 5)
    assert "Opened case.json as the bank capsule notes. The Trace is the same: its numbers differ by" in shown(app)
    assert verdict(app).lower().startswith(f"**{capsule.verdict}")
    assert app.query_params["bank"] == "own:capsule notes"
    app = upload(app, "case.json", capsule.to_json())
    assert app.session_state.bank == "own:capsule notes 2"


def test_a_capsule_of_ready_made_embeddings_opens_with_its_questions_own(run, home, vectors):
    memory = Memory.open(home / "banks" / "vectors.nuonuo")
    asked = read_questions(home / "banks" / "vectors.questions.jsonl")[0]
    text = make(memory, asked, Asking()).to_json()
    memory.close()
    app = upload(run(PAGE), "case.json", text)
    assert "came second of 30" in verdict(app)
    assert "The Trace is the same" in words(app)


def test_a_capsule_beyond_the_controls_says_so(run, home):
    own(home, "small", "Where is the key?", "Where is the cat?")
    capsule = capsule_of("small", "the cat", (1,), home, beta=500.0)
    app = upload(run(PAGE), "case.json", capsule.to_json())
    assert "This page cannot be set to beta = 500, so what it shows differs." in shown(app)
    assert app.slider(key="beta").value == 32.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "case.json is no capsule that can be opened here: a capsule must be JSON"),
        ("[]", "a capsule must be a JSON object of format 3"),
        (json.dumps({"format": 3}), "a capsule must have exactly its own fields"),
        (json.dumps({"format": 2}), "a capsule must be a JSON object of format 3, got format 2: make it anew"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(run, home, text, says):
    app = upload(run(PAGE), "case.json", text)
    assert says in shown(app)
    assert len(list((home / "banks").glob("*.nuonuo"))) == 0


def test_a_capsule_of_another_encoder_is_refused(run, home):
    own(home, "small", "Where is the key?", "Where is the cat?")
    text = capsule_of("small", "the cat", (1,), home).to_json().replace(f'"{Encoder().name}"', '"another-model"')
    app = upload(run(PAGE), "case.json", text)
    assert "encoder of the capsule is 'another-model'" in shown(app)
    assert len(list((home / "banks").glob("*.nuonuo"))) == 1


def test_the_case_can_be_taken_away_with_its_test_and_command(run):
    app = run(PAGE)
    labels = [b.proto.label for b in app.get("download_button")]
    assert labels[:2] == ["Capsule", "Test for pytest"]
    assert "python -m nuonuo replay capsule-facts.json" in [code.value for code in app.code]


def test_what_is_taken_away_is_the_case_on_the_page(run, monkeypatch):
    made = {}
    keep = lambda label, make, file, mime: made.update({file: make})  # noqa: E731
    monkeypatch.setattr("nuonuo.studio.shell.panels.take_away", keep)
    run(PAGE, k=7, q=OPENING, want=PETS, whiten=False)
    capsule = Capsule.from_json(made["capsule-facts.json"]())
    assert (capsule.asking.k, capsule.asking.whitened, capsule.expected) == (7, False, (PETS,))
    assert made["test_capsule_facts.py"]() == as_pytest(capsule, "capsule-facts.json")


def alt(app, key: str) -> str:
    return next(json.loads(each.proto.json)["alt"] for each in figures(app) if each.key == key)


def test_the_terms_of_the_first_the_expected_and_the_rival_are_drawn(run):
    app = run(PAGE, q=OPENING, want=PETS)
    said = alt(app, "terms")
    assert "what ranks 2 memories" in said  # the first is the rival
    assert "3 Who looks after the pets when we travel?, expected: 4.31 = meaning 3.57 + words 0.74" in said


def test_the_terms_of_an_expected_memory_that_is_no_candidate_are_those_at_its_rank(run):
    app = run(PAGE, q=OPENING, want=PETS, k=2)
    assert "3 Who looks after the pets when we travel?, expected: 4.31" in alt(app, "terms")
    assert "is below the cut: rank 3 with 4.31" in alt(app, "ladder")
