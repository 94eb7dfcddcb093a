"""Specifies nuonuo/memory/endpoint.py and calling.py, with an embeddings server of the test on 127.0.0.1."""

import json
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch

from nuonuo import Encoder, Memory
from nuonuo.memory.encoder import cache_file
from nuonuo.memory.endpoint import PUBLIC, Endpoint, key_for


def letters(texts):
    """Embeddings (n, 27) that count letters: deterministic, and alike for texts alike."""
    rows = [[1.0, *(text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz")] for text in texts]
    return np.array(rows, dtype=np.float32)


class Handler(BaseHTTPRequestHandler):
    """OpenAI's protocol, with errors first where the server has some to give."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers.get("Authorization"), body))
        code, answer = self.server.errors.pop(0) if self.server.errors else (200, None)
        if code == 0:
            time.sleep(answer)
            code, answer = 200, None
        if answer is None:
            rows = [{"index": i, "embedding": x.tolist()} for i, x in enumerate(letters(body["input"]))]
            answer = {"data": rows[::-1]}  # in another order
        sent = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.errors = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NUONUO_EMBEDDINGS_KEY", "sk-tell-nobody")
    with serving() as one:
        yield one


def quick(server, **changed):
    return Endpoint("letters", server.url, first=0.01, **changed)


def test_texts_are_encoded_in_batches_in_their_order_once_and_remembered(server, tmp_path):
    texts = [f"text {'abcdefg'[i % 7] * i}" for i in range(150)]
    encoder = Encoder(f"openai:letters@{server.url}", cache=tmp_path / "cache.sqlite")
    x = encoder.encode(texts).cpu().numpy()
    expected = letters(texts)
    np.testing.assert_allclose(x, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    assert sorted(len(body["input"]) for _, _, body in server.asked) == [22, 64, 64]
    path, key, body = server.asked[0]
    assert (path, key, body["model"]) == ("/v1/embeddings", "Bearer sk-tell-nobody", "letters")
    assert encoder.dimension == 27
    Encoder(f"openai:letters@{server.url}", cache=tmp_path / "cache.sqlite").encode(texts)
    assert len(server.asked) == 3
    assert encoder.pieces is None
    with pytest.raises(ValueError, match=r"is no sentence-transformers model: nobody can look into it$"):
        _ = encoder.model


def test_a_bank_remembers_model_and_url_and_never_the_key(server, tmp_path, monkeypatch):
    monkeypatch.setenv("NUONUO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NUONUO_EMBEDDINGS_URL", server.url)
    with closing(Memory(tmp_path / "b.nuonuo", "openai:letters")) as memory:
        memory.add("abc")
        memory.add("xyz")
    monkeypatch.delenv("NUONUO_EMBEDDINGS_URL")
    with closing(Memory.open(tmp_path / "b.nuonuo")) as memory:
        assert memory.settings.encoder == f"openai:letters@{server.url}"
        assert memory.recall("zzyyxx").answer.target == "xyz"
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name == "embeddings.sqlite" for file in files)
    assert not any(b"tell-nobody" in file.read_bytes() for file in files)


def test_a_busy_server_is_asked_again_and_one_that_refuses_is_not(server):
    server.errors = [(429, {}), (503, {}), (500, {})]
    assert quick(server)(["a"]).shape == (1, 27)
    assert len(server.asked) == 4
    server.errors = [(401, {"error": {"message": "Incorrect API key provided: sk-tell-nobody"}})]
    with pytest.raises(ValueError, match=rf"^the embeddings server at {server.url} gives none for model letters: "
                                         r"code 401, Incorrect API key provided: \*\*\*$"):  # fmt: skip
        quick(server)(["a"])
    assert len(server.asked) == 5
    server.errors = [(429, {"detail": "slow down"})] * 9
    with pytest.raises(ValueError, match=r"code 429, slow down$"):
        quick(server)(["a"])
    assert len(server.asked) == 10


def test_a_slow_server_is_asked_again(server):
    server.errors = [(0, 0.6)]
    assert quick(server, timeout=0.2)(["abc"]).shape == (1, 27)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"no": 1}, "another answer"),
        ([1], "another answer"),
        ({"data": [{"index": 0, "embedding": [1, 2]}]}, "another answer"),
        ({"data": [{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1]}]}, "another answer"),
        ({"data": [{"index": i, "embedding": [1]} for i in range(3)]}, r"3 of shape \(1,\)"),
    ],
)
def test_another_answer_is_one_sentence(server, answer, said):
    server.errors = [(200, answer)]
    with pytest.raises(ValueError, match=f"must answer with 2 embeddings of one size, got {said}$"):
        quick(server)(["a", "b"])


def test_a_server_that_is_gone_is_one_sentence():
    with serving() as server:
        gone = quick(server)
    with pytest.raises(ValueError, match=rf"^the embeddings server at {gone.url} gives none .*refused$"):
        gone(["a"])


def test_an_address_must_name_model_and_url_and_no_key(monkeypatch):
    monkeypatch.delenv("NUONUO_EMBEDDINGS_URL", raising=False)
    assert Endpoint.of("openai:m").name == "openai:m@https://api.openai.com/v1"
    assert Endpoint.of("openai:m@http://h:1/v1/embeddings/").url == "http://h:1/v1"
    for wrong in ("openai:", "openai:m@ftp://h", "openai:m@h"):
        with pytest.raises(ValueError, match=r"^an embeddings server must be openai:MODEL@URL"):
            Encoder(wrong)
    for secret in ("openai:m@http://u:tell-nobody@h/v1", "openai:m@http://h/v1?key=tell-nobody"):
        with pytest.raises(ValueError, match="must hold no key") as error:
            Encoder(secret)
        assert "tell-nobody" not in str(error.value)


class Documents:
    """An object of embeddings as LangChain has them."""

    model_name = "letters"

    def embed_documents(self, texts):
        return letters(texts).tolist()


@pytest.mark.parametrize("given", [letters, lambda texts: torch.tensor(letters(texts)), Documents()])
def test_a_function_encodes(given, tmp_path):
    with closing(Memory(tmp_path / "b.nuonuo", given)) as memory:
        memory.add_many([])
        memory.add("abc")
        memory.add("xyz")
        assert (memory.dimension, memory.recall("zzy").answer.target) == (27, "xyz")
    with closing(Memory.open(tmp_path / "b.nuonuo", given)) as memory:
        assert memory.recall("cba").answer.target == "abc"
    with pytest.raises(ValueError, match=r"is opened with that: Memory\.open\(path, function\)$"):
        Memory.open(tmp_path / "b.nuonuo")


@pytest.mark.parametrize("wrong", [{"a": 1}, ("a", "b"), 3, [1], b"x", dict, object()])
def test_what_is_no_encoder_is_one_sentence(wrong):
    with pytest.raises(
        ValueError, match=r"^encoder must be an Encoder, a model's name or folder, openai:MODEL@URL, or"
    ):
        Memory(encoder=wrong)
    with pytest.raises(ValueError, match=r"^encoder must be an Encoder, a model's name"):
        Encoder(wrong)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda texts: None, r"must make embeddings of shape \(1, d\), got \(\)$"),
        (lambda texts: [[1.0, 2], [3, 4]], r"must make embeddings of shape \(1, d\), got \(2, 2\)$"),
        (lambda texts: ["x"], r"must make an array with a row of numbers for each of 1 texts, got a list$"),
        (lambda texts: [[float("nan")]], "must be finite, got NaN or infinity in it$"),
        (lambda texts: [[0.0, 0.0]], "must not be all zeros"),
    ],
)
def test_what_a_function_makes_is_checked(call, said):
    with pytest.raises(ValueError, match=said):
        Encoder.of(call, "mine").encode(["a"])


def test_a_function_must_keep_its_dimension():
    with pytest.raises(ValueError, match=r"what encoder mine makes must have shape \(5,\), got \(1, 27\)$"):
        Encoder.of(letters, "mine", dimension=5).encode(["a"])


def test_the_cache_lies_in_nuonuo_home(monkeypatch, tmp_path):
    monkeypatch.setenv("NUONUO_HOME", str(tmp_path))
    assert cache_file() == tmp_path / "embeddings.sqlite"
    Encoder()
    assert (tmp_path / "embeddings.sqlite").exists()
    monkeypatch.delenv("NUONUO_HOME")
    assert cache_file().parts[-2:] == ("nuonuo", "embeddings.sqlite")


class Elsewhere(Handler):
    """Sends everybody on to another server."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        self.send_header("Location", self.server.elsewhere)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_a_key_does_not_follow_a_redirect(server):
    with serving() as other:
        other.RequestHandlerClass, other.elsewhere = Elsewhere, f"{server.url}/embeddings"
        with pytest.raises(ValueError, match=rf"^the embeddings server at {other.url} gives none .*: code 302$"):
            quick(other)(["a"])
    assert server.asked == []


@pytest.mark.parametrize(
    ("url", "named", "own", "openai"),
    [
        ("https://stranger.example/v1", None, "own", None),  # whoever sets it alone means every server
        ("https://stranger.example/v1", "https://mine.example/v1", None, None),
        ("https://mine.example:443/other", "https://mine.example/v1", "own", "openai"),
        ("http://mine.example/v1", "https://mine.example/v1", None, None),
        (PUBLIC, None, "own", "openai"),
        (PUBLIC, "https://mine.example/v1", None, "openai"),
        ("https://api.openai.com.stranger.example/v1", None, "own", None),
        ("http://127.0.0.1:8080/v1", None, "own", "openai"),
    ],
)
def test_a_key_goes_only_to_the_server_it_is_for(monkeypatch, url, named, own, openai):
    for name in ("NUONUO_EMBEDDINGS_URL", "NUONUO_EMBEDDINGS_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    if named:
        monkeypatch.setenv("NUONUO_EMBEDDINGS_URL", named)
    monkeypatch.setenv("OPENAI_API_KEY", "openai")
    assert key_for(url) == openai
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("NUONUO_EMBEDDINGS_KEY", "own")
    assert key_for(url) == own


def test_a_key_that_was_kept_back_is_said_where_one_is_wanted(server, monkeypatch):
    monkeypatch.setenv("NUONUO_EMBEDDINGS_URL", "https://mine.example/v1")
    server.errors = [(401, {"error": {"message": "No key"}})]
    with pytest.raises(ValueError, match=r"code 401, No key; no key was sent there, as NUONUO_EMBEDDINGS_URL does not"):
        quick(server)(["a"])
    assert server.asked[0][1] is None
