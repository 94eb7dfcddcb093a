"""Memories: list, add, edit, forget, import, export, banks of one's own."""

import json

import numpy as np
import pytest

from nuonuo import Memory
from nuonuo.debug.queries import Question, write_questions
from nuonuo.items import Item
from nuonuo.store import read_meta
from nuonuo.studio import banks
from nuonuo.studio.files import as_jsonl
from nuonuo.studio.words import typed
from tests.pages.conftest import ROOT, words

PAGE = "pages/memories.py"
PAGES = sorted(f"pages/{file.name}" for file in (ROOT / "pages").glob("*.py"))
ASK_NOTHING = {PAGE, "pages/lab.py", "pages/triage.py", "pages/compare.py"}
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
        Item(f"cue {n}", f"target {n}", [f"cue {n}, said otherwise"], pair, pair[0])
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
    assert typed(sentence) in words(app)


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
    says = "The file's embeddings have 2 numbers and this bank's 384: make a bank of its own from this file, under"
    assert typed(says) in words(app)
    assert "143 memories" in words(app)


def test_an_export_imports_again(stories, tmp_path):
    from nuonuo.importer import read_items

    file = tmp_path / "stories.jsonl"
    file.write_text(as_jsonl(stories), "utf-8")
    assert [(i.cue, i.target) for i in read_items(file)] == [(r.cues[0], r.target) for r in stories]
    assert set(json.loads(file.read_text("utf-8").splitlines()[0])) == {"cue", "target", "cues"}


def test_an_export_of_ready_made_embeddings_takes_them_along(home, tmp_path):
    from nuonuo.importer import read_items

    memory, file = elsewhere(home), tmp_path / "elsewhere.jsonl"
    file.write_text(as_jsonl(memory, embeddings=True), "utf-8")
    again = Memory(dimension=SIZE)
    again.add_many(read_items(file))
    for old, new in zip(memory, again, strict=True):
        assert (old.cues, old.target) == (new.cues, new.target)
        np.testing.assert_allclose(old.cue_embeddings, new.cue_embeddings, atol=1e-6)
        np.testing.assert_allclose(old.embedding, new.embedding, atol=1e-6)


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
            "An embedding is missing in 1 of the file's 2 rows",
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
    assert typed("embedding of memory 30 must not be all zeros") in words(app)
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
    next(t for t in app.text_input if t.label == "Cue").set_value("a text without an embedding")
    press(app, "Save")
    assert "Nothing was changed" in words(app)
    app.file_uploader[0].upload("new.txt", b"a rare bird\n", "text/plain").run()
    press(app, "Import")
    assert typed("missing in 1 of the file's 1 rows, and this bank has no encoder") in words(app)


def test_a_paraphrase_is_left_out_and_a_memory_forgotten_without_an_encoder(run, home):
    elsewhere(home).close()
    app = run(PAGE, bank="own:elsewhere", pick=2)
    next(t for t in app.text_area if t.label == "More cues, one a line").set_value("")
    press(app, "Save")
    assert "30 memories, reached by 59 cues" in words(app)
    press(app, "Forget this memory")
    assert "29 memories" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_on_a_bank_without_an_encoder(run, home, page):
    elsewhere(home).close()
    app = run(page, bank="own:elsewhere", q="cue 4", sigma=0.5, lines="cue 5\nunknown", map_color="hop")
    assert "can be asked only a text" not in words(app)
    if page == "pages/home.py":
        assert "Recalled" in words(app)
    elif page == "pages/attention.py":
        assert "there are no heads to look into" in words(app)
        assert "of your lines it can be asked 1" in words(app)
    app = run(page, bank="own:elsewhere", q="something else")
    asks = page not in ASK_NOTHING
    assert ("can be asked only a text whose embedding is known: a stored cue." in words(app)) is asks
    assert "This question at β = 4: a blend" not in [b.label for b in app.button]
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
    assert "No noise up to σ = 3 misleads this question" in words(app)


def test_a_bank_of_another_encoder_is_opened_with_its_own(home, monkeypatch):
    monkeypatch.setattr(banks, "read_meta", lambda path: {"encoder": "some other model"})
    opened = []
    monkeypatch.setattr(banks.Memory, "open", lambda path, encoder: opened.append((path, encoder)))
    banks._file.clear()
    banks._file("a", 1)
    banks._file.clear()
    assert opened == [("a", None)]


def test_the_page_tells_how_the_bank_is_made(run):
    app = run(PAGE)
    shown = {m.label: m.value for m in app.metric}
    assert shown["Encoder"] == "all-MiniLM-L6-v2"
    assert shown["Embedding size d"] == "384"
    assert shown["Code units D"] == "16,384"
    assert shown["Whitening fitted on"] == "288 cues"
