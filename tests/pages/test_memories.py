"""Memories: list, add, edit, forget, import, export, banks of one's own."""

import json
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

from nuonuo import Memory
from nuonuo.files.export import as_jsonl
from nuonuo.files.questions import Question, write_questions
from nuonuo.memory.opening import read_meta
from nuonuo.memory.records import record
from nuonuo.studio.shell import banks
from nuonuo.studio.shell.words import typed
from tests.pages.conftest import ROOT, words

PAGE = "pages/memories.py"
PAGES = sorted(f"pages/{file.name}" for file in (ROOT / "pages").glob("*.py"))
ASK_NOTHING = {
    PAGE,
    "pages/lab.py",
    "pages/triage.py",
    "pages/compare.py",
    "pages/plane.py",
    "pages/lessons.py",
    "pages/classical.py",
}
SIZE = 768  # of embeddings made elsewhere


def vectors(count, size=SIZE):
    """Made-up embeddings, two a memory that resemble each other."""
    generator = np.random.default_rng(0)
    first = generator.normal(size=(count, 1, size))
    return first + 0.5 * generator.normal(size=(count, 2, size))


def rows(size=SIZE, count=30):
    """A file of memories with embeddings made elsewhere."""
    lines = [
        {"cue": f"cue {n}", "target": f"target {n}", "cues": [f"cue {n}, said otherwise"], "embedding": pair.tolist()}
        | {"target_embedding": pair[0].tolist()}
        for n, pair in enumerate(vectors(count, size), 1)
    ]
    return "\n".join(map(json.dumps, lines)) + "\n"


def elsewhere(home):
    """A bank of one's own made of them."""
    (home / "banks").mkdir(exist_ok=True)
    memory = Memory(home / "banks" / "elsewhere.nuonuo", dimension=SIZE)
    memory.add_many(
        record(f"cue {n}", f"target {n}", [f"cue {n}, said otherwise"], pair, pair[0])
        for n, pair in enumerate(vectors(30), 1)
    )
    return memory


def start_from(app, name, text):
    """Choose a file to start a bank with."""
    app.segmented_control[0].set_value("file").run()
    app.file_uploader[1].upload(name, text.encode(), "application/octet-stream").run()
    assert not app.exception
    return app


def create(app, name):
    app.text_input(key="new_bank").set_value(name)
    return press(app, "Create")


def field(app, label):
    """A field of the form that changes a memory."""
    return next(t for t in app.text_area if t.label == label)


def press(app, label):
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("bank", ["support", "facts", "stories", "confusable", "island"])
def test_every_sample_is_listed(run, bank):
    app = run(PAGE, bank=bank)
    assert len(app.dataframe) == 1
    assert "in a sample" in words(app)


def test_the_filter_finds_words_in_any_text_of_a_memory(run):
    app = run(PAGE)
    app.text_input(key="filter").set_value("radiators").run()
    assert len(app.dataframe[0].value) == 1
    app.text_input(key="filter").set_value("no such word").run()
    assert "No memory holds “no such word”." in words(app)


def test_a_picked_memory_can_be_changed(run):
    app = run(PAGE, pick=2)
    field(app, "Cue").set_value("Where does the spare car key hang?")
    field(app, "Cue 2").set_value("car key")
    field(app, "Another cue").set_value("key of the car")
    press(app, "Save")
    assert "Saved." in words(app)
    assert "Where does the spare car key hang?" in list(app.dataframe[0].value["cue"])
    row = list(app.dataframe[0].value["cue"]).index("Where does the spare car key hang?")
    more = app.dataframe[0].value["more cues"][row]
    assert more.startswith("car key · ")
    assert more.endswith(" · key of the car")
    assert field(app, "Another cue").value == ""


ODD = record("  two\nlines ", "One paragraph.\r\n\nAnother.  ", ["\tthree\n\nmore\nlines", "plain"])


def own_bank(home, *items):
    """A bank of one's own, open to look into beside the pages."""
    (home / "banks").mkdir(exist_ok=True)
    memory = Memory(home / "banks" / "odd.nuonuo", banks.encoder())
    memory.add_many(items or [ODD])
    return memory


def stored_texts(memory, one=1):
    memory.refresh()
    return memory.get(one).cues, memory.get(one).target


def test_saving_with_nothing_changed_stores_nothing_and_says_so(run, home):
    memory = own_bank(home)
    app = run(PAGE, bank="own:odd", pick=1)
    before = memory._store._data_version()
    press(app, "Save")
    assert "Saved." not in words(app)
    assert "Nothing was changed." in words(app)
    assert memory._store._data_version() == before
    assert stored_texts(memory) == (ODD.cues, ODD.target)


@pytest.mark.parametrize("label", ["Cue", "Cue 3", "Target", "Another cue"])
def test_line_breaks_and_outer_blanks_outlive_a_change_of_another_field(run, home, label):
    memory = own_bank(home)
    app = run(PAGE, bank="own:odd", pick=1)
    field(app, label).set_value(" changed\nhere ")
    press(app, "Save")
    assert "Saved." in words(app)
    texts = {"Cue": ODD.cues[0], "Cue 2": ODD.cues[1], "Cue 3": ODD.cues[2], "Target": ODD.target} | {
        label: " changed\nhere "
    }
    target = texts.pop("Target")
    assert stored_texts(memory) == (tuple(texts.values()), target)


def test_line_ends_that_a_browser_makes_alike_are_no_change(run, home):
    memory = own_bank(home)
    app = run(PAGE, bank="own:odd", pick=1)
    field(app, "Target").set_value(ODD.target.replace("\r\n", "\n"))
    press(app, "Save")
    assert "Nothing was changed." in words(app)
    assert stored_texts(memory) == (ODD.cues, ODD.target)


def two_tabs(run, home):
    """Two tabs with the same memory open, in the first of which its target was changed; and the bank."""
    memory = own_bank(home, record("Where is the key?", "On the hook", ["key"]))
    first, second = run(PAGE, bank="own:odd", pick=1), run(PAGE, bank="own:odd", pick=1)
    field(first, "Target").set_value("In the drawer")
    press(first, "Save")
    assert "Saved." in words(first)
    return memory, second


def test_two_tabs_that_edit_one_memory_are_shown_both_texts(run, home):
    memory, second = two_tabs(run, home)
    field(second, "Cue").set_value("Where is the spare key?")
    press(second, "Save")
    assert "Saved." not in words(second)
    assert "nothing was saved" in words(second)
    shown = [each.value for each in second.text]
    assert "Where is the spare key?\nkey\n→ On the hook" in shown
    assert "Where is the key?\nkey\n→ In the drawer" in shown
    assert stored_texts(memory) == (("Where is the key?", "key"), "In the drawer")
    press(second, "Overwrite with yours")
    assert "Saved." in words(second)
    assert stored_texts(memory) == (("Where is the spare key?", "key"), "On the hook")


def test_what_another_tab_stored_can_be_kept(run, home):
    memory, second = two_tabs(run, home)
    field(second, "Target").set_value("Under the mat")
    press(second, "Save")
    press(second, "Keep what is stored")
    assert "Saved." not in words(second)
    assert field(second, "Target").value == "In the drawer"
    assert stored_texts(memory) == (("Where is the key?", "key"), "In the drawer")


def test_overwriting_is_asked_again_if_it_has_changed_again(run, home):
    memory, second = two_tabs(run, home)
    field(second, "Target").set_value("Under the mat")
    press(second, "Save")
    memory.change(1, target="In the car")
    press(second, "Overwrite with yours")
    assert "Saved." not in words(second)
    assert "Where is the key?\nkey\n→ In the car" in [each.value for each in second.text]
    assert stored_texts(memory)[1] == "In the car"


def test_an_unchanged_form_over_a_changed_memory_shows_what_is_stored(run, home):
    memory, second = two_tabs(run, home)
    press(second, "Save")
    assert "Saved." not in words(second)
    assert field(second, "Target").value == "In the drawer"
    assert stored_texts(memory)[1] == "In the drawer"


def test_an_edit_of_a_memory_forgotten_elsewhere_is_not_lost(run, home):
    memory = own_bank(home, record("Where is the key?", "On the hook"), record("Another", "one"))
    app = run(PAGE, bank="own:odd", pick=1)
    memory.forget(1)
    field(app, "Target").set_value("In the drawer")
    press(app, "Save")
    assert "Saved." not in words(app)
    assert "It is no longer stored." in [each.value for each in app.text]
    press(app, "Overwrite with yours")
    assert stored_texts(memory) == (("Where is the key?",), "In the drawer")


def test_a_text_that_cannot_be_encoded_overwrites_nothing(run, home):
    memory = elsewhere(home)
    app = run(PAGE, bank="own:elsewhere", pick=2)
    memory.change(2, target="cue 2")
    field(app, "Cue").set_value("a text without an embedding")
    press(app, "Save")
    press(app, "Overwrite with yours")
    assert "Nothing was changed" in words(app)
    assert stored_texts(memory, 2) == (("cue 2", "cue 2, said otherwise"), "cue 2")


def test_bringing_back_does_not_overwrite_what_was_stored_meanwhile(run, home):
    memory = own_bank(home, record("Where is the key?", "On the hook"), record("Another", "one"))
    row = memory.get(1)
    app = run(PAGE, bank="own:odd", pick=1)
    press(app, "Forget this memory")
    memory.put_back([row])
    memory.change(1, target="In the drawer")
    press(app, "Bring it back")
    assert "nothing was saved" in words(app)
    assert stored_texts(memory)[1] == "In the drawer"
    press(app, "Keep what is stored")
    assert stored_texts(memory)[1] == "In the drawer"
    assert "Forgot" not in words(app)


def test_what_is_forgotten_is_brought_back_as_it_was_stored_last(run, home):
    memory, second = two_tabs(run, home)
    press(second, "Forget this memory")
    press(second, "Bring it back")
    assert stored_texts(memory)[1] == "In the drawer"


def test_a_change_without_a_cue_changes_nothing(run):
    app = run(PAGE, pick=2)
    field(app, "Cue").set_value(" ")
    press(app, "Save")
    assert "one of them is blank, so nothing was changed" in words(app)


def test_a_forgotten_memory_is_gone_and_can_be_brought_back(run):
    app = run(PAGE, pick=2)
    press(app, "Forget this memory")
    assert "142 memories" in words(app)
    assert "Forgot “Where is the spare car key" in words(app)
    press(app, "Bring it back")
    assert "143 memories" in words(app)


def test_a_bank_of_ones_own_is_made_filled_and_kept(run):
    app = run(PAGE)
    app.text_input(key="new_bank").set_value("my notes")
    press(app, "Create")
    assert "This bank is empty" in words(app)
    app.text_input(key="new_cue").set_value("Where did I park?")
    app.text_input(key="new_target").set_value("Level 3, by the lift.")
    press(app, "Remember")
    assert "1 memory, reached by 1 cue, kept in a file on this machine." in words(app)
    again = run(bank="own:my notes", q="Where is the car parked?")
    assert typed("Level 3, by the lift") in words(again)


def test_a_changed_sample_can_be_kept_or_put_back(run):
    app = run(PAGE, pick=2)
    press(app, "Forget this memory")
    assert "This page's address names it until" in words(app)
    changed = app.session_state.bank
    app.text_input(key="new_bank").set_value("mine")
    press(app, "Create")
    assert "142 memories" in words(app)
    assert "kept in a file" in words(app)
    app.selectbox(key="bank").set_value(changed).run()
    assert "142 memories" in words(app)
    press(app, "Discard all changes")
    assert "143 memories" in words(app)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("../up", "'../up' does not fit"), ("", "'' does not fit"), ("taken", "There is already a bank named 'taken'")],
)
def test_a_wrong_bank_name_is_refused_in_one_sentence(run, name, sentence):
    app = run(PAGE)
    app.text_input(key="new_bank").set_value("taken")
    press(app, "Create")
    app.text_input(key="new_bank").set_value(name)
    press(app, "Create")
    assert typed(sentence) in words(app)


def test_an_empty_bank_invites_on_both_pages(run):
    app = run(PAGE)
    app.text_input(key="new_bank").set_value("empty")
    press(app, "Create")
    assert "Add a memory below" in words(app)
    assert "Add a memory below" in words(run(bank="own:empty"))


def imported(app, started):
    """Press Import, and let the job come to its end."""
    press(app, "Import")
    assert [b.label for b in app.button if b.key == "import_cancel"] == ["Cancel"]
    started[-1].advance()
    app.run()
    assert not app.exception


def test_a_small_file_is_imported_while_the_page_waits(run):
    app = run(PAGE)
    app.file_uploader[0].upload("new.txt", b"a rare bird\nan elder tree\n", "text/plain").run()
    press(app, "Import")
    assert "Imported 2 memories." in words(app)
    assert "145 memories" in words(app)
    assert not [b for b in app.button if b.label == "Import"]


def test_a_small_file_that_turns_out_wrong_is_kept_with_the_reason(run, monkeypatch):
    def refuse(*given):
        raise ValueError("the embeddings server gives none")

    app = run(PAGE)
    monkeypatch.setattr("nuonuo.studio.memories.importing.prepared", refuse)
    app.file_uploader[0].upload("new.txt", b"a rare bird\nan elder tree\n", "text/plain").run()
    press(app, "Import")
    assert "the embeddings server gives none" in words(app)
    assert "143 memories" in words(app)
    assert [b for b in app.button if b.label == "Import"]


def test_a_cancelled_import_stores_nothing_and_says_so(run, started):
    app = run(PAGE)
    app.file_uploader[0].upload("new.txt", b"a rare bird\nan elder tree\n", "text/plain").run()
    press(app, "Import")
    app.button(key="import_cancel").click().run()
    assert typed("The import of new.txt was cancelled: nothing was stored.") in words(app)
    assert "143 memories" in words(app)


def test_an_import_goes_on_behind_another_page_and_is_stored_on_return(run, started):
    app = run(PAGE)
    app.file_uploader[0].upload("new.txt", b"a rare bird\nan elder tree\n", "text/plain").run()
    press(app, "Import")
    app.switch_page("pages/home.py").run()
    started[-1].advance()
    app.switch_page(PAGE).run()
    assert "Imported 2 memories." in words(app)
    assert "145 memories" in words(app)


def test_columns_are_guessed_shown_and_chosen(run, started, home):
    app = run(PAGE)
    app.text_input(key="new_bank").set_value("mine")
    press(app, "Create")
    csv = b"ref;question;resolution;team\nK1;Why is it dark?;The fuse.;ops\nK2;Why is it cold?;The heating.;ops\n"
    app.file_uploader[0].upload("kb.csv", csv, "text/csv").run()
    boxes = {box.label: box for box in app.selectbox}
    assert boxes["Text that brings it back"].value == "question"
    boxes["Id of your own"].set_value("ref").run()
    assert "2 memories" in words(app)
    imported(app, started)
    with closing(Memory.open(home / "banks" / "mine.nuonuo")) as memory:
        assert [(row.about.own_id, row.cues[0], row.target) for row in memory] == [
            ("K1", "Why is it dark?", "The fuse."),
            ("K2", "Why is it cold?", "The heating."),
        ]
        assert memory.get(1).about.fields == {"team": "ops"}


def test_a_file_that_cannot_be_read_so_says_what_is_wrong_with_a_row(run):
    app = run(PAGE)
    app.file_uploader[0].upload("new.json", b"{not json", "application/json").run()
    assert app.warning[0].value.startswith("new\\.json")
    assert not [b for b in app.button if b.label == "Import"]


def test_a_file_is_imported_whole_or_not_at_all(run, started):
    app = run(PAGE)
    app.file_uploader[0].upload("new.jsonl", b'{"cue": "a rare bird"}\n{"cue": 3}\n', "application/jsonl").run()
    assert "line 2" in words(app)
    assert not [b for b in app.button if b.label == "Import"]
    assert "143 memories" in words(app)
    app.file_uploader[0].upload("new.txt", "a rare bird\nan älter tree\n".encode(), "text/plain").run()
    imported(app, started)
    assert "Imported 2 memories." in words(app)
    assert "145 memories" in words(app)


def test_vectors_of_another_size_are_refused_in_one_sentence(run):
    app = run(PAGE)
    app.file_uploader[0].upload("new.csv", b'cue,embedding\na rare bird,"[1, 0]"\n', "text/csv").run()
    press(app, "Import")
    says = "new.csv: its embeddings have 2 numbers, and bank facts takes 384"
    assert typed(says) in words(app)
    assert "143 memories" in words(app)


def test_a_bank_is_made_of_the_embeddings_of_a_file(run, home):
    app = start_from(run(PAGE), "elsewhere.jsonl", rows())
    assert "30 memories; each comes with an embedding of 768 numbers." in words(app)
    assert not any(box.label.startswith("Keep these") for box in app.checkbox)
    create(app, "elsewhere")
    assert "30 memories, reached by 60 cues, kept in a file" in words(app)
    assert {m.label: m.value for m in app.metric}["Encoder"] == "none"
    assert {m.label: m.value for m in app.metric}["Embedding size d"] == "768"
    assert read_meta(home / "banks" / "elsewhere.nuonuo")["encoder"] is None


def test_embeddings_of_the_default_size_are_kept_without_an_encoder_when_ticked(run, home):
    app = start_from(run(PAGE), "same.jsonl", rows(384))
    assert "will be encoded by all-MiniLM-L6-v2" in words(app)
    create(app, "with")
    app = start_from(run(PAGE), "same.jsonl", rows(384))
    next(box for box in app.checkbox if box.label.startswith("Keep these")).check().run()
    create(app, "without")
    assert read_meta(home / "banks" / "with.nuonuo")["encoder"] == "all-MiniLM-L6-v2"
    assert read_meta(home / "banks" / "without.nuonuo")["encoder"] is None


def test_a_bank_is_made_of_texts_which_are_encoded(run, home):
    app = start_from(run(PAGE), "new.txt", "a rare bird\nan old tree\n")
    assert "2 memories; 2 will be encoded by all-MiniLM-L6-v2." in words(app)
    create(app, "texts")
    assert "2 memories, reached by 2 cues, kept in a file" in words(app)
    assert "a rare bird" in list(app.dataframe[0].value["cue"])


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.jsonl", '{"cue": "a"}\n{"cue": 3}\n', "a.jsonl, line 2: cue must be a text"),
        (
            "a.jsonl",
            '{"cue": "a", "embedding": [1, 0]}\n{"cue": "b"}\n',
            "a.jsonl: an embedding is missing in 1 of 2 rows",
        ),
    ],
)
def test_a_file_that_no_bank_can_be_made_of_is_refused_at_once(run, home, name, text, sentence):
    app = start_from(run(PAGE), name, text)
    assert typed(sentence) in words(app)
    create(app, "wrong")
    assert "Choose a file that can be read" in words(app)
    assert list((home / "banks").iterdir()) == []


def test_a_bank_that_could_not_be_made_leaves_no_file(run, home):
    app = start_from(run(PAGE), "zero.jsonl", rows() + '{"cue": "nowhere", "embedding": ' + str([0] * SIZE) + "}\n")
    create(app, "wrong")
    assert typed("zero.jsonl, line 31: embedding must") in words(app)
    assert list((home / "banks").iterdir()) == []
    assert "143 memories" in words(app)


def test_a_bank_without_an_encoder_is_kept_under_another_name_as_it_is(run, home):
    elsewhere(home).close()
    app = run(PAGE, bank="own:elsewhere")
    app.segmented_control[0].set_value("shown").run()
    create(app, "copy")
    assert "30 memories, reached by 60 cues" in words(app)
    assert read_meta(home / "banks" / "copy.nuonuo")["encoder"] is None


def test_texts_are_not_added_to_a_bank_without_an_encoder(run, home):
    elsewhere(home).close()
    app = run(PAGE, bank="own:elsewhere", pick=2)
    assert "a memory comes into it by a file, with its embedding" in words(app)
    assert not any(t.key == "new_cue" for t in app.text_input)
    field(app, "Cue").set_value("a text without an embedding")
    press(app, "Save")
    assert "Nothing was changed" in words(app)
    app.file_uploader[0].upload("new.txt", b"a rare bird\n", "text/plain").run()
    press(app, "Import")
    assert typed("new.txt: an embedding is missing in 1 of 1 rows, and bank elsewhere has no encoder") in words(app)


def test_a_paraphrase_is_left_out_and_a_memory_forgotten_without_an_encoder(run, home):
    elsewhere(home).close()
    app = run(PAGE, bank="own:elsewhere", pick=2)
    field(app, "Cue 2").set_value("")
    press(app, "Save")
    assert "30 memories, reached by 59 cues" in words(app)
    press(app, "Forget this memory")
    assert "29 memories" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_on_a_bank_without_an_encoder(run, home, page):
    elsewhere(home).close()
    app = run(
        page, bank="own:elsewhere", q="cue 4", sigma=0.5, lines="cue 5\nunknown", map_color="hop", open="heads,matrix"
    )
    assert "can be asked only a text" not in words(app)
    if page == "pages/home.py":
        assert "Recalled" in words(app)
    elif page == "pages/attention.py":
        assert "there are no heads to look into" in words(app)
        assert "only stored cues can be asked, 1 of your lines" in words(app)
    app = run(page, bank="own:elsewhere", q="something else")
    asks = page not in ASK_NOTHING
    assert ("can be asked only a text whose embedding is known: a stored cue." in words(app)) is asks
    assert "This query at β = 4: the average of all" not in [b.label for b in app.button]
    if asks:
        app.selectbox(key="known").set_value("cue 7, said otherwise").run()
        assert not app.exception
        assert app.session_state.q == "cue 7, said otherwise"


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ASK_NOTHING])
def test_an_empty_bank_without_an_encoder_asks_for_a_file(run, home, page):
    (home / "banks").mkdir()
    Memory(home / "banks" / "bare.nuonuo", dimension=SIZE).close()
    app = run(page, bank="own:bare")
    assert "This bank is empty. Import a file on the Memories page." in words(app)


def test_a_question_of_the_set_is_asked_with_its_own_embedding(run, home):
    memory = elsewhere(home)
    own = tuple(memory.get(9).cue_embeddings[0].tolist())
    memory.close()
    app = run(bank="own:elsewhere", q="Who is the ninth?")
    assert "a stored cue." in words(app)
    write_questions(
        home / "banks" / "elsewhere.questions.jsonl",
        [
            Question("1", "Who is the ninth?", (9,), (), own),
            Question("3", "Without one?", (9,), ()),
        ],
    )
    app.run()
    assert typed("target 9") in words(app)
    app.text_input(key="q").set_value("Without one?").run()
    assert "or a question of your set that came with an embedding (1 did)." in words(app)
    app.text_input(key="q").set_value("").run()
    assert "can be asked only a text" in words(app)


def test_a_kept_set_that_cannot_be_read_is_said_on_the_page(run, home):
    elsewhere(home).close()
    (home / "banks" / "elsewhere.questions.jsonl").write_text('{"query": "a", "embedding": [1]}\n{"query": 3}\n')
    app = run(bank="own:elsewhere", q="cue 4")
    app.run()
    assert "This bank's questions cannot be read" in words(app)
    assert "line 2" in words(app)


def test_noise_that_misleads_is_looked_for_without_an_encoder(run, home):
    elsewhere(home).close()
    app = run("pages/settling.py", bank="own:elsewhere", q="cue 4")
    app.button(key="mislead").click().run()
    assert not app.exception
    assert "No noise up to σ = 3 changed what this query recalls" in words(app)


def test_a_bank_of_another_encoder_is_opened_with_its_own(home, monkeypatch):
    monkeypatch.setattr(banks, "read_meta", lambda path: {"encoder": "some other model"})
    opened = []
    monkeypatch.setattr(banks.Memory, "open", lambda path, encoder: opened.append((path, encoder)) or SimpleNamespace())
    banks._own.clear()
    banks._own("a", 1, "a")
    banks._own.clear()
    assert opened == [("a", None)]


def test_the_page_tells_how_the_bank_is_made(run):
    app = run(PAGE)
    shown = {m.label: m.value for m in app.metric}
    assert shown["Encoder"] == "all-MiniLM-L6-v2"
    assert shown["Embedding size d"] == "384"
    assert shown["Code units D"] == "16,384"
    assert shown["Whitening fitted on"] == "288 cues"


def test_an_export_imported_again_adds_only_what_is_new(run, started):
    app = run(PAGE)
    text = as_jsonl(banks._sample("facts")) + '{"cue": "Where is the kite?", "target": "In the attic"}\n'
    app.file_uploader[0].upload("again.jsonl", text.encode(), "application/jsonl").run()
    imported(app, started)
    assert "Imported 1 memory; 143 the bank had already." in words(app)
    assert "144 memories" in words(app)
