"""Specifies nuonuo/memory/encoder.py."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import lists, text
from torch.testing import assert_close

from nuonuo import Encoder
from nuonuo.memory.bundled import SHA256, WEIGHTS, bundled, check_model
from nuonuo.memory.embedding_cache import EmbeddingCache
from nuonuo.memory.encoder import identity
from nuonuo.memory.fair_lock import FairLock

TEXTS = ["A short one", "Über Größe, 東京 and 🎻", "a considerably longer sentence about the weather in Vienna"]


@contextmanager
def watched(encoder, monkeypatch):
    """Texts that reach the model."""
    seen, real = [], encoder._rows
    with monkeypatch.context() as patch:
        patch.setattr(encoder, "_rows", lambda batch: seen.extend(one.text for one in batch) or real(batch))
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
    fresh, seen = [f"progress {i} " + "on " * 40 for i in range(130)], []
    encoder.encode([*fresh, TEXTS[0]], lambda done, total: seen.append((done, total)))
    assert [total for _, total in seen] == [131] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) > 2
    assert (seen[0][0], seen[-1]) in [(0, (131, 131)), (1, (131, 131))]  # that one text may be remembered
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


@pytest.mark.parametrize("file", SHA256)
def test_a_bundled_model_with_one_other_byte_in_any_file_is_refused(tmp_path, file):
    for each in SHA256:  # links cost nothing; the weights are 90 MB
        (tmp_path / each).parent.mkdir(exist_ok=True)
        (tmp_path / each).symlink_to(bundled() / each)
    assert check_model(tmp_path) == tmp_path
    data = bytearray((bundled() / file).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / file).unlink()
    (tmp_path / file).write_bytes(data)
    wrong = f"the bundled model's {tmp_path / file} must have sha256 {SHA256[file]}, got [0-9a-f]{{64}}: reinstall it "
    with pytest.raises(ValueError, match=wrong):
        check_model(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(ValueError, match=f"{file} must have sha256 {SHA256[file]}, got no file: "):
        check_model(tmp_path)


def test_a_folder_whose_weights_change_is_another_model(tmp_path):
    shutil.copy(__file__, tmp_path / "model.safetensors")
    before = identity(str(tmp_path))
    os.utime(tmp_path / "model.safetensors", (1, 1))
    assert identity(str(tmp_path)) != before
    assert identity("all-MiniLM-L6-v2") == SHA256[WEIGHTS]


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


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entry SET vector = substr(vector, 1, 100)",
        "UPDATE entry SET vector = substr(vector, 1, 101)",
        "UPDATE entry SET vector = zeroblob(1536)",
        "UPDATE entry SET vector = 'text'",
        "UPDATE entry SET vector = NULL",
        "DROP TABLE entry",
        "PRAGMA user_version = 9",
        "locked",
        "bytes",
    ],
)
def test_a_cache_that_is_damaged_or_locked_costs_time_and_changes_no_embedding(encoder, tmp_path, damage):
    file, texts = tmp_path / "c.sqlite", ["a text", "another"]
    right = encoder.encode(texts)
    EmbeddingCache(file, encoder.name).put(texts, right.cpu().numpy())
    used = Encoder(cache=file)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        if damage == "bytes":
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            data = bytearray(file.read_bytes())
            data[5_000:9_000] = bytes(4_000)
            file.write_bytes(data)
        else:
            db.execute("BEGIN EXCLUSIVE" if damage == "locked" else damage)
        assert torch.allclose(used.encode([*texts, "a third one"])[:2], right, atol=1e-5)
        assert torch.allclose(Encoder(cache=file).encode(texts), right, atol=1e-5)


def lines(n, name):
    """n texts that no other test encodes, long enough that a batch takes its time."""
    return [f"{name} {i}: " + " ".join(f"word{i}x{j}" for j in range(12)) for i in range(n)]


def test_a_query_waits_for_one_batch_of_an_import_at_most(encoder):
    """And a query whose text is remembered waits for none: it is answered while the model is held."""
    encoder.encode(["a remembered query"])
    order, begun = [], threading.Event()

    def told(done, total):
        order.append(("batch", done))
        begun.set()

    bulk = threading.Thread(target=encoder.encode, args=(lines(64 * 6, "import"), told))
    bulk.start()
    assert begun.wait(60)
    for n in range(3):
        before = len(order)
        encoder.encode([f"a new query, number {n}"])
        order.append(("query", n))
        assert len(order) - before <= 3, order  # the batch it met, and one that ended as it returned
    bulk.join()
    assert order[-1] == ("batch", 64 * 6)
    with encoder.held():
        threading.Thread(target=lambda: (encoder.encode(["a remembered query"]), begun.clear())).start()
        while begun.is_set():
            time.sleep(0.01)


def test_the_model_is_given_in_the_order_of_asking():
    lock, order = FairLock(), []

    def take(name):
        with lock:
            order.append(name)

    with lock:
        waiting = [threading.Thread(target=take, args=(n,)) for n in range(5)]
        for thread in waiting:
            met = len(lock._queue)
            thread.start()
            while len(lock._queue) == met:
                time.sleep(0.001)
        thread = threading.Thread(target=take, args=("last",))
    thread.start()
    for one in [*waiting, thread]:
        one.join()
    assert order == [0, 1, 2, 3, 4, "last"]


def test_two_imports_of_the_same_texts_encode_each_once(encoder, monkeypatch):
    texts = lines(64 * 3, "twice")
    with watched(encoder, monkeypatch) as seen:
        both = [threading.Thread(target=encoder.encode, args=(texts,)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
    assert sorted(seen) == sorted(texts)


def unusable(tmp_path):
    """Places where no cache can be kept, for root too: a file where a folder should be, and a system's folder."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder").mkdir()
    return [tmp_path / "file" / "c.sqlite", tmp_path / "folder", Path("/proc/nuonuo/c.sqlite"), Path("/proc/c.sqlite")]


@pytest.mark.parametrize("number", range(4))
def test_a_cache_that_cannot_be_kept_is_done_without(encoder, tmp_path, caplog, number):
    other = Encoder(cache=unusable(tmp_path)[number])
    other._model = encoder.model
    assert_close(other.encode(TEXTS), encoder.encode(TEXTS))
    assert "cannot be used as a cache" in caplog.text


@pytest.fixture
def somebody():
    """Not root for a while, who may write anywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def read_only():
    """A folder that anybody may read and nobody but root may write in, with a cache in it."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    EmbeddingCache(folder / "c.sqlite", "model").put(["a"], torch.ones(1, 4).numpy())
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_folder_is_done_without(read_only, somebody, caplog):
    for name in ("new.sqlite", "c.sqlite"):
        cache = EmbeddingCache(read_only / name, "model")
        cache.put(["b"], torch.ones(1, 4).numpy())
        assert set(cache.get(["b"])) == {"b"}
        assert f"{name} cannot be used as a cache" in caplog.text


FULL = """
import logging, resource, sys, numpy as np
from nuonuo.memory.embedding_cache import EmbeddingCache
logging.basicConfig()
cache = EmbeddingCache(sys.argv[1], "model")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for n in range(0, 640, 64):
    texts = [f"text {i}" for i in range(n, n + 64)]
    cache.put(texts, np.full((64, 384), n, np.float32))
    assert set(cache.get(texts)) == set(texts)
"""


def test_a_full_disk_is_done_without(tmp_path):
    command = [sys.executable, "-c", FULL, str(tmp_path / "c.sqlite")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert "cannot be used as a cache" in done.stderr


def size(cache):
    """Bytes that a cache's file takes, with all that is still in its log."""
    cache._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(cache._db.execute("PRAGMA database_list").fetchone()[2]).stat().st_size


def filled(cache, name, n=640):
    """Texts put into a cache, a batch at a time, with embeddings of MiniLM's size."""
    texts = [f"{name} {i}" for i in range(n)]
    for start in range(0, n, 64):
        cache.put(texts[start : start + 64], np.full((64, 384), start, np.float32))
    return texts


def test_the_cache_keeps_within_its_bound_and_lets_the_least_recently_used_go(tmp_path):
    cache = EmbeddingCache(tmp_path / "c.sqlite", "model", megabytes=4)
    old, asked = filled(cache, "old"), filled(cache, "asked")
    cache._db.execute("UPDATE entry SET used = used - 7200")
    cache._db.commit()
    assert len(cache.get(asked)) == 640
    for n in range(6):
        fresh = filled(cache, f"new {n}", 128)
        assert size(cache) <= 4 * 2**20
    assert len(cache.get(fresh)) == 128
    assert len(cache.get(asked)) == 640
    assert len(cache.get(old)) < 640


def test_a_lower_bound_makes_the_file_smaller(tmp_path):
    filled(EmbeddingCache(tmp_path / "c.sqlite", "model"), "many", 3200)
    cache = EmbeddingCache(tmp_path / "c.sqlite", "model", megabytes=1)
    filled(cache, "one more", 64)
    assert size(cache) <= 2**20


def test_a_cache_of_an_earlier_version_keeps_what_it_remembers(tmp_path):
    db = sqlite3.connect(tmp_path / "c.sqlite")
    db.execute("CREATE TABLE embedding (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
    key = EmbeddingCache(None, "model").key
    rows = [(key(f"old {i}"), np.full(384, i, np.float32).tobytes()) for i in range(2000)]
    db.executemany("INSERT INTO embedding VALUES (?, ?)", rows)
    db.commit()
    db.close()
    cache = EmbeddingCache(tmp_path / "c.sqlite", "model", megabytes=1)
    assert cache.get(["old 7"])["old 7"][0] == 7
    filled(cache, "new", 64)
    assert size(cache) <= 2**20


def test_processes_that_open_an_old_cache_together_all_use_it(tmp_path):
    db = sqlite3.connect(tmp_path / "c.sqlite")
    db.execute("CREATE TABLE embedding (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
    db.close()
    script = (
        "import sys, logging, numpy as np; logging.basicConfig()\n"
        "from nuonuo.memory.embedding_cache import EmbeddingCache\n"
        "sys.stdin.readline(); EmbeddingCache(sys.argv[1], 'm').put([sys.argv[2]], np.ones((1, 4)))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "c.sqlite")]
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    children = [subprocess.Popen([*command, str(n)], **pipes) for n in range(3)]
    assert [child.communicate("go\n")[1] for child in children] == [""] * 3
    assert len(EmbeddingCache(tmp_path / "c.sqlite", "m").get(["0", "1", "2"])) == 3


def test_the_bound_is_set_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("NUONUO_CACHE_MB", "1")
    cache = EmbeddingCache(tmp_path / "c.sqlite", "model")
    filled(cache, "many", 1280)
    assert size(cache) <= 2**20
    for wrong in ("much", "-1", "1.5"):
        monkeypatch.setenv("NUONUO_CACHE_MB", wrong)
        with pytest.raises(
            ValueError, match=f"NUONUO_CACHE_MB must be a whole number of megabytes >= 0, got '{wrong}'"
        ):
            EmbeddingCache(None, "model")


def test_time_is_counted_from_when_the_model_is_loaded(tmp_path):
    seen, new = [], Encoder(cache=tmp_path / "c.sqlite")
    texts = lines(40, "counted")
    new.encode(texts, lambda done, total: seen.append((done, total, new.ready)))
    assert seen[0] == (0, 40, True)
    assert seen[-1] == (40, 40, True)
    again, seen = Encoder(cache=tmp_path / "c.sqlite"), []
    again.encode([*texts, "one more"], lambda done, total: seen.append((done, total)))
    assert seen == [(40, 41), (41, 41)]


def test_few_texts_and_many_give_the_same_embeddings(encoder):
    texts = lines(300, "many")
    few = torch.cat([Encoder(cache=None).encode(texts[:1]), encoder.encode(texts[1:9])])
    other = Encoder(cache=None)
    other._model = encoder.model
    assert_close(other.encode(texts)[:9], few, atol=1e-5, rtol=0)
