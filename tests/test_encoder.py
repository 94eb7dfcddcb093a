"""Specifies nuonuo/encoder.py."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import lists, text
from torch.testing import assert_close

from nuonuo import Encoder
from nuonuo.encoder import SHA256, EmbeddingCache, bundled, check_weights, identity

TEXTS = ["A short one", "Über Größe, 東京 and 🎻", "a considerably longer sentence about the weather in Vienna"]


@contextmanager
def watched(encoder, monkeypatch):
    """Texts that reach the model."""
    seen, real = [], encoder.model.encode
    with monkeypatch.context() as patch:
        patch.setattr(encoder.model, "encode", lambda batch, **options: seen.extend(batch) or real(batch, **options))
        yield seen


def test_embeddings_are_unit_vectors_of_384(encoder):
    x = encoder.encode(TEXTS)
    assert (x.shape, x.dtype, x.device.type) == ((3, 384), torch.float32, encoder.device.type)
    assert_close(x.norm(dim=1), torch.ones(3, device=x.device))
    assert encoder.dimension == 384


def test_a_paraphrase_lies_nearer_than_another_subject(encoder):
    x = encoder.encode(["The database is slow", "Queries take ages", "My cat likes tuna"])
    assert x[0] @ x[1] > x[0] @ x[2] + 0.2


def test_embeddings_are_the_models_own(encoder):
    expected = encoder.model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    assert_close(encoder.encode(TEXTS).cpu(), torch.from_numpy(expected), atol=1e-5, rtol=0)


def test_order_and_repetition_of_texts_are_kept(encoder):
    a, b, c = encoder.encode(TEXTS)
    assert torch.equal(encoder.encode([TEXTS[2], TEXTS[0], TEXTS[2], TEXTS[1]]), torch.stack([c, a, c, b]))


def test_nothing_is_encoded_twice(encoder, monkeypatch):
    fresh = [f"unseen {i}" for i in range(70)]
    with watched(encoder, monkeypatch) as seen:
        first = encoder.encode([*fresh, *fresh, TEXTS[0]])
        assert sorted(seen) == sorted(fresh)
        assert torch.equal(encoder.encode(fresh), first[:70])
        assert len(seen) == 70


def test_remembered_embeddings_equal_fresh_ones(encoder, tmp_path):
    other = Encoder(cache=tmp_path / "cache.sqlite")
    other._model = encoder.model
    fresh = other.encode(TEXTS)
    reopened = Encoder(cache=tmp_path / "cache.sqlite")
    assert torch.equal(reopened.encode(TEXTS), fresh)
    assert reopened._model is None


def test_another_process_uses_the_cache_without_loading_the_model(encoder):
    encoder.encode(TEXTS)
    path = encoder._cache._db.execute("PRAGMA database_list").fetchone()[2]
    script = (
        "import sys; from nuonuo import Encoder; texts = eval(sys.argv[2])\n"
        "x = Encoder(cache=sys.argv[1]).encode(texts)\n"
        "assert 'sentence_transformers' not in sys.modules; print(x.double().sum().item())"
    )
    out = subprocess.run([sys.executable, "-c", script, path, repr(TEXTS)], capture_output=True, text=True, check=True)
    assert float(out.stdout) == encoder.encode(TEXTS).double().sum().item()


def test_progress_reaches_the_total(encoder):
    fresh, seen = [f"progress {i}" for i in range(130)], []
    encoder.encode([*fresh, TEXTS[0]], lambda done, total: seen.append((done, total)))
    assert [total for _, total in seen] == [131] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) == 3
    assert seen[-1] == (131, 131)
    again = []
    encoder.encode(fresh, lambda done, total: again.append((done, total)))
    assert again == [(130, 130)]


def test_no_texts_make_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("bad", ["", "  \n", None, 7])
def test_a_text_must_not_be_blank(encoder, bad):
    with pytest.raises(ValueError, match="text 1 must be a string that is not blank, got"):
        encoder.encode(["fine", bad])


def test_a_folder_with_a_model_serves_too(encoder):
    folder = Encoder(str(bundled()), device=str(encoder.device), cache=None)
    assert folder.dimension == 384
    assert_close(folder.encode(TEXTS), encoder.encode(TEXTS), atol=1e-5, rtol=0)


def test_an_unknown_model_is_an_error():
    with pytest.raises(
        ValueError, match=r"encoder must be 'all-MiniLM-L6-v2', a folder .* got 'no-such/encoder-at-all'"
    ):
        Encoder("no-such/encoder-at-all", cache=None).encode(["hello"])


def test_other_weights_are_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"these are not the weights")
    with pytest.raises(
        ValueError, match=f"weights .*model.safetensors must have sha256 {SHA256}, got [0-9a-f]{{64}}: "
    ):
        check_weights(file, SHA256)


def test_a_folder_whose_weights_change_is_another_model(tmp_path):
    shutil.copy(__file__, tmp_path / "model.safetensors")
    before = identity(str(tmp_path))
    os.utime(tmp_path / "model.safetensors", (1, 1))
    assert identity(str(tmp_path)) != before
    assert identity("all-MiniLM-L6-v2") == SHA256


@given(lists(text(), unique=True, max_size=20))
def test_the_cache_gives_back_what_was_put_whatever_the_text(texts):
    cache = EmbeddingCache(None, "model")
    rows = torch.randn(len(texts), 4).numpy()
    cache.put(texts, rows)
    found = cache.get(texts)
    assert set(found) == set(texts)
    assert all((found[t] == row).all() for t, row in zip(texts, rows, strict=True))
    cache._db.close()


def test_the_cache_keeps_models_apart_and_many_texts(tmp_path):
    one, two = (EmbeddingCache(tmp_path / "c.sqlite", name) for name in ("one", "two"))
    texts = [f"t{i}" for i in range(1201)]
    one.put(texts, torch.randn(1201, 4).numpy())
    assert len(one.get(texts)) == 1201
    assert two.get(texts) == {}


def test_one_string_is_not_a_list_of_texts(encoder):
    with pytest.raises(ValueError, match="texts must be a list of strings, got one string 'text'"):
        encoder.encode("text")


def test_a_broken_cache_file_is_done_without(tmp_path, caplog):
    file = tmp_path / "cache.sqlite"
    file.write_bytes(b"this is no database, only a text that is long enough to be read as a header" * 20)
    assert Encoder(cache=file).encode(["a text"]).shape == (1, 384)
    assert "cannot be used as a cache" in caplog.text
