"""Memories: list, add, edit, forget, import, export, banks of one's own."""

import json

import pytest

from nuonuo.studio.editing import as_jsonl
from nuonuo.studio.words import typed
from tests.pages.conftest import words

PAGE = "pages/memories.py"


def press(app, label):
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("bank", ["support", "facts", "stories", "confusable"])
def test_every_sample_is_listed(run, bank):
    app = run(PAGE, bank=bank)
    assert len(app.dataframe) == 1
    assert "in a sample" in words(app)


def test_the_filter_finds_words_in_any_text_of_a_memory(run):
    app = run(PAGE)
    app.text_input(key="filter").set_value("radiators").run()
    assert len(app.dataframe[0].value) == 1
    app.text_input(key="filter").set_value("no such word").run()
    assert "No memory holds 'no such word'." in words(app)


def test_a_picked_memory_can_be_changed(run):
    app = run(PAGE, pick=2)
    cue = next(t for t in app.text_input if t.label == "Cue")
    cue.set_value("Where does the spare car key hang?")
    next(t for t in app.text_area if t.label == "More cues, one a line").set_value("car key\nkey of the car")
    press(app, "Save")
    assert "Saved." in words(app)
    assert "Where does the spare car key hang?" in list(app.dataframe[0].value["cue"])
    assert "car key · key of the car" in list(app.dataframe[0].value["more cues"])


def test_a_change_without_a_cue_changes_nothing(run):
    app = run(PAGE, pick=2)
    next(t for t in app.text_input if t.label == "Cue").set_value(" ")
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
    assert "It lasts as long as this tab" in words(app)
    app.text_input(key="new_bank").set_value("mine")
    press(app, "Create")
    assert "142 memories" in words(app)
    assert "kept in a file" in words(app)
    app.selectbox(key="bank").set_value("facts").run()
    press(app, "Put this sample back as it came")
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
    assert sentence in words(app)


def test_an_empty_bank_invites_on_both_pages(run):
    app = run(PAGE)
    app.text_input(key="new_bank").set_value("empty")
    press(app, "Create")
    assert "Add a memory below" in words(app)
    assert "Add a memory below" in words(run(bank="own:empty"))


def test_a_file_is_imported_whole_or_not_at_all(run):
    app = run(PAGE)
    app.file_uploader[0].upload("new.jsonl", b'{"cue": "a rare bird"}\n{"cue": 3}\n', "application/jsonl").run()
    press(app, "Import")
    assert "line 2" in words(app)
    assert "143 memories" in words(app)
    app.file_uploader[0].upload("new.txt", "a rare bird\nan älter tree\n".encode(), "text/plain").run()
    press(app, "Import")
    assert "Imported 2 memories." in words(app)
    assert "145 memories" in words(app)


def test_vectors_of_another_size_are_refused_in_one_sentence(run):
    app = run(PAGE)
    app.file_uploader[0].upload("new.csv", b'cue,embedding\na rare bird,"[1, 0]"\n', "text/csv").run()
    press(app, "Import")
    assert "embedding of memory 0 must have shape (384,), got (2,)" in words(app)
    assert "143 memories" in words(app)


def test_an_export_imports_again(stories, tmp_path):
    from nuonuo.importer import read_items

    file = tmp_path / "stories.jsonl"
    file.write_text(as_jsonl(stories), "utf-8")
    assert [(i.cue, i.target) for i in read_items(file)] == [(r.cues[0], r.target) for r in stories]
    assert set(json.loads(file.read_text("utf-8").splitlines()[0])) == {"cue", "target", "cues"}


def test_the_page_tells_how_the_bank_is_made(run):
    app = run(PAGE)
    shown = {m.label: m.value for m in app.metric}
    assert shown["Encoder"] == "all-MiniLM-L6-v2"
    assert shown["Embedding size d"] == "384"
    assert shown["Code units D"] == "16,384"
    assert shown["Whitening fitted on"] == "288 cues"
