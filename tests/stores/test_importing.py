"""Specifies the command `import` for a vector store (nuonuo/cli/stores.py), with Chroma and FAISS."""

import json
from contextlib import closing

import numpy as np
import pytest
from typer.testing import CliRunner

from nuonuo import Memory
from nuonuo.cli.commands import app

chromadb = pytest.importorskip("chromadb")
FACTS = ["Vienna lies on the Danube", "Tea is hot", "Whales are mammals", "The index is missing on table users"]


def run(*words):
    return CliRunner().invoke(app, ["import", *map(str, words)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    """Collections with vectors of the bundled model, of another model, and of another size."""
    path = tmp_path_factory.mktemp("chroma") / "db"
    db = chromadb.PersistentClient(str(path), chromadb.Settings(anonymized_telemetry=False))
    other = np.random.default_rng(3).normal(size=(len(FACTS), 384))
    given = {"own": encoder.encode(FACTS).cpu().numpy(), "other": other, "small": other[:, :8]}
    for name, x in given.items():
        made = db.create_collection(name, metadata={"hnsw:space": "cosine"}, embedding_function=None)
        ids = [f"d{i}" for i in range(len(FACTS))]
        made.add(ids, embeddings=x, documents=FACTS, metadatas=[{"lang": "en"} for _ in FACTS])
    db.close()
    return path


def test_a_collection_becomes_a_bank_with_its_ids_metadata_and_the_encoder_that_made_its_vectors(folder, tmp_path):
    bank = tmp_path / "own.nuonuo"
    out = run(f"chroma:{folder}", "--collection", "own", "--bank", bank)
    assert out.exit_code == 0, out.output
    assert out.stdout.startswith(f"Added 4 memories to {bank}.\nThe store ranks by cosine, as NuoNuo does.\n")
    assert "The vectors are those of all-MiniLM-L6-v2 (median cosine 1.00" in out.stdout
    with closing(Memory.open(bank)) as memory:
        trace = memory.recall("Which river is Vienna on?")
        about = memory.get(trace.answer.id).about
    assert (trace.answer.target, about.own_id, about.fields) == (FACTS[0], "d0", {"lang": "en"})
    again = run(f"chroma:{folder}", "--collection", "own", "--bank", bank)
    assert again.stdout.startswith(f"Added 0 memories to {bank}; 4 it had already")


@pytest.mark.parametrize(("name", "size"), [("other", 384), ("small", 8)])
def test_vectors_of_another_model_get_no_encoder(folder, tmp_path, name, size):
    bank = tmp_path / f"{name}.nuonuo"
    out = run(f"chroma:{folder}", "--collection", name, "--bank", bank)
    assert out.exit_code == 0, out.output
    assert "The vectors were made by another model" in out.stdout
    assert out.stdout.endswith(f"Bank {bank} has no encoder: ask it with vectors, or import with --encoder and the "
                               "model's name.\n")  # fmt: skip
    with closing(Memory.open(bank)) as memory:
        assert (memory.encoder, memory.dimension, len(memory)) == (None, size, 4)


def test_vectors_of_another_model_are_refused_by_a_bank_that_has_an_encoder(folder, tmp_path):
    bank = tmp_path / "own.nuonuo"
    run(f"chroma:{folder}", "--collection", "own", "--bank", bank)
    out = run(f"chroma:{folder}", "--collection", "other", "--bank", bank)
    assert out.exit_code == 2
    assert out.stderr.startswith(
        f"Error: chroma:{folder} cannot be put into bank {bank}, whose encoder is another: The vectors were made by "
        "another model than all-MiniLM-L6-v2: median cosine "
    )
    with closing(Memory.open(bank)) as memory:
        assert len(memory) == 4


def test_a_preview_stores_nothing_and_says_the_same_as_json(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = run(f"chroma:{folder}", "--collection", "own", "--preview", "--json")
    facts = json.loads(out.stdout)
    assert (facts["rows"], facts["memories"], facts["dimension"], facts["metric"]) == (4, 4, 384, "cosine")
    assert (facts["maker"], round(facts["median_cosine"], 3)) == ("the same model", 1.0)
    told = run(f"chroma:{folder}", "--collection", "own", "--preview")
    assert told.stdout.startswith(f"chroma:{folder}, collection own: 4 memories.\n")
    assert FACTS[1] in told.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_one_sentence(folder, tmp_path):
    bank = tmp_path / "no.nuonuo"
    wrong = {
        (f"chroma:{folder}",): "must be read one collection at a time (--collection NAME): there are other, own, small",
        (f"chroma:{folder}", "--collection", "no"): "has no collection 'no': there are other, own, small",
        (f"chroma:{folder}", "--collection", "own", "--text", "body"): "has no field 'body': it has lang, document",
        (f"chroma:{folder}", "--target", "x"): "the rest is kept as it is: got --target",
        ("notes.txt", "--collection", "x"): "are for the address of one store, chroma:FOLDER",
        ("chroma+http://127.0.0.1:9", "--collection", "x"): "the Chroma server at chroma+http://127.0.0.1:9 cannot be",
        ("faiss+http://127.0.0.1:9",): "a store's address must be chroma:FOLDER",
    }
    for words, said in wrong.items():
        out = run(*words, "--bank", bank)
        assert (out.exit_code, said in out.stderr, out.stderr.count("\n")) == (2, True, 1), out.output
    assert not bank.exists()
