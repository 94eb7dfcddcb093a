"""Specifies nuonuo/debug/capsule.py, capsule_json.py, capsule_pytest.py and replaying.py: what is kept comes back."""

import ast
import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import text
from torch.testing import assert_close
from typer.testing import CliRunner

from nuonuo import Asking, Memory, Noise
from nuonuo.cli.commands import app
from nuonuo.debug import capsule as capsules
from nuonuo.debug.asking import ask
from nuonuo.debug.capsule import Capsule, make
from nuonuo.debug.capsule_json import coded
from nuonuo.debug.capsule_pytest import as_pytest
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import fixes
from nuonuo.debug.replaying import DRIFT, replay
from nuonuo.files.questions import Question
from nuonuo.memory.bundled import SHA256, WEIGHTS
from nuonuo.memory.embedding_cache import EmbeddingCache
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import About, Tie, record
from nuonuo.memory.trace import TENSORS
from tests.conftest import items, unit

PETS = "Who feeds the dog while we are away at grandma's?"
LOOKS = "Who looks after the pets when we travel?"
KEY = "Where is the spare house key?"
NOISY = Asking(noise=Noise(sigma=0.8, drop=0.3, swap=0.2, seed=3))


@pytest.fixture(scope="module")
def facts(encoder, sample):
    """The household facts, 143 memories; do not change it."""
    memory = Memory(encoder=encoder, name="facts")
    memory.add_many([record(row["cue"], row["target"], row.get("cues", ())) for row in sample("facts")])
    yield memory
    memory.close()


@pytest.fixture(scope="module")
def support(encoder, sample):
    """A bank of ten memories with ids that are not 1 to 10; do not change it."""
    memory = Memory(encoder=encoder, name="support")
    memory.forget([memory.add("Soon forgotten"), memory.add("Forgotten too")])
    memory.add_many([record(row["cue"], row["target"], row.get("cues", ())) for row in sample("support")])
    yield memory
    memory.close()


@pytest.fixture(scope="module")
def failed(facts):
    """A recall that a rival wins, kept."""
    return make(facts, expecting(PETS, of(facts, LOOKS)), Asking())


@pytest.fixture
def shared(encoder, monkeypatch):
    """This test run's encoder wherever one would be made."""
    for module in ("nuonuo.debug.capsule", "nuonuo.memory.memory"):
        monkeypatch.setattr(f"{module}.Encoder", lambda name, device: encoder)


def expecting(query, *ids, texts=(), embedding=None):
    """A question that expects memories by id."""
    return Question("q", query, ids, texts, embedding)


def of(memory, cue):
    return next(row.id for row in memory if cue in row.cues)


def reopened(capsule, memory, path):
    """The trace of the capsule's question, asked of its excerpt as a new file, read from JSON."""
    with closing(Capsule.from_json(capsule.to_json()).open(path, memory.encoder)) as excerpt:
        assert excerpt.path == path
        assert [row.id for row in excerpt] == [row.id for row in capsule.memories]
        assert excerpt.settings == memory.settings
        assert torch.equal(excerpt.bank.whitening.mean, memory.bank.whitening.mean)
        return ask(excerpt, capsule.question, capsule.asking)


def assert_same(now, then):
    for name in TENSORS:
        assert_close(getattr(now, name), getattr(then, name), rtol=0, atol=1e-6, msg=name)
    assert [(c.id, c.cue, c.target) for c in now.candidates] == [(c.id, c.cue, c.target) for c in then.candidates]
    assert [(h.id, h.runner_up) for h in now.hops] == [(h.id, h.runner_up) for h in then.hops]
    assert (now.nearest.id, now.stop, now.noisy_query) == (then.nearest.id, then.stop, then.noisy_query)
    assert now.code is then.code is None or torch.equal(now.code, then.code)


@pytest.mark.parametrize(
    ("query", "expected", "asking"),
    [
        (PETS, LOOKS, Asking()),
        (PETS, LOOKS, Asking(whitened=False)),
        (PETS, LOOKS, NOISY),
        (PETS, LOOKS, replace(NOISY, whitened=False)),
        (PETS, LOOKS, Asking(k=3, beta=1.0, steps=1)),
        (KEY, KEY, Asking(noise=Noise(sigma=8, seed=3))),
        (KEY, KEY, Asking(beta=1000.0)),
        ("Paint the fence green", KEY, Asking()),
        ("Paint the fence green", KEY, Asking(k=100, whitened=False)),
    ],
)
def test_an_excerpt_of_a_bank_recalls_as_the_whole_bank_did(facts, tmp_path, query, expected, asking):
    question = expecting(query, of(facts, expected))
    capsule = make(facts, question, asking)
    trace = ask(facts, question, asking)
    assert_same(reopened(capsule, facts, tmp_path / "excerpt.nuonuo"), trace)
    found = diagnose(facts, trace, question.meant(facts))
    assert (capsule.verdict, capsule.verdict_here, capsule.rank) == (found.verdict, found.verdict, found.rank)
    again = replay(capsule, encoder=facts.encoder)
    assert (again.same, again.verdict, again.then, again.rank) == (True, found.verdict, found.verdict, found.rank)
    assert not again.changed
    assert max(again.differences.values()) <= 1e-6  # products of fewer rows round otherwise
    assert not capsule.whole or len(capsule.memories) == 143


def test_a_recall_needs_a_part_of_the_memories_and_keeps_what_they_touched(facts, failed):
    kept = {row.id for row in failed.memories}
    assert len(kept) == 100
    assert kept >= {c.id for c in failed.trace.candidates} | {failed.trace.nearest.id, *failed.expected}
    assert kept >= {one.id for c in failed.trace.candidates for one in c.senders} | {failed.trace.lexical.id}
    every = ask(facts, failed.question, replace(failed.asking, k=143))
    assert kept == {c.id for c in every.candidates[:100]}  # the wanted one is among them
    assert failed.whitening.n == sum(len(row.cues) for row in failed.memories)
    assert not failed.whole


def test_an_excerpt_grows_until_its_verdict_is_the_banks(facts):
    sizes = {
        len(make(facts, expecting(query, of(facts, KEY)), Asking()).memories)
        for query in (PETS, "Paint the fence green")
    }
    for query in (PETS, "Paint the fence green"):
        grown = make(facts, expecting(query, of(facts, KEY)), Asking())
        assert grown.verdict == grown.verdict_here
    assert max(sizes) > 50


@pytest.mark.parametrize(
    "asking",
    [
        Asking(hops=3),
        Asking(hops=3, separation="linear", noise=Noise(sigma=0.4, flip=5, seed=1)),
        Asking(hops=3, separation="power 2", whitened=False),
        Asking(hops=3, separation="softmax 8", noise=Noise(flip=5, seed=1), whitened=False),
        Asking(hops=3, separation="winner"),
    ],
)
def test_hops_take_the_whole_bank_and_come_out_the_same(support, tmp_path, asking):
    question = expecting("the shop is slow", support.bank.ids[0])
    capsule = make(support, question, asking)
    assert capsule.whole
    assert capsule.whitening.n == support.bank.whitening.n
    trace = ask(support, question, asking)
    assert trace.code is not None
    assert_same(reopened(capsule, support, tmp_path / "whole.nuonuo"), trace)
    assert replay(Capsule.from_json(capsule.to_json()), encoder=support.encoder).same


def test_hops_in_a_large_bank_come_out_the_same(facts, tmp_path):
    question, asking = expecting(KEY, of(facts, KEY)), Asking(hops=4)
    capsule = make(facts, question, asking)
    assert capsule.whole
    assert_same(reopened(capsule, facts, tmp_path / "whole.nuonuo"), ask(facts, question, asking))


@pytest.mark.parametrize("n", [1, 40, 200])
def test_a_bank_without_an_encoder_is_asked_by_embedding(vectors, tmp_path, n):
    memory = vectors(exponent=0.7, seed=5, units=256, winners=8)
    memory.add_many(items(n))
    question = expecting("by hand", memory.bank.ids[-1], embedding=tuple(unit(1, 8, 9)[0].tolist()))
    capsule = make(memory, question, Asking(k=5))
    assert (len(capsule.memories) < n) == (n > 50)
    assert_same(reopened(capsule, memory, tmp_path / "v.nuonuo"), ask(memory, question, Asking(k=5)))
    again = replay(Capsule.from_json(capsule.to_json()))
    assert (again.same, again.then) == (True, capsule.verdict)


def test_duplicates_that_tie_come_in_the_order_they_came_in(encoder, sample):
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many([record(row["cue"], row["target"]) for row in sample("facts")])
        twins = [memory.add("Who has the key?", name) for name in ("Agnes", "Ben", "Cem")]
        missed = next(i for i in twins if i != memory.recall("Who has the key?").answer.id)
        capsule = make(memory, expecting("Who has the key?", missed), Asking())
        assert capsule.verdict == capsule.verdict_here == "near-duplicate"
        assert replay(capsule, encoder=encoder).same


def test_what_is_written_is_read_back(failed, support, encoder):
    own = tuple(unit(1, 384)[0].tolist())
    how = replace(NOISY, beta=7.0, hops=2, separation="softmax 8.5", whitened=False)
    odd = expecting('“"""\\N{x}\n', 4, 9_999, embedding=own)
    for capsule in (failed, make(support, odd, how)):
        back = Capsule.from_json(capsule.to_json())
        assert back.to_json() == capsule.to_json()
        assert (back.meta, back.expected, back.texts, back.rank) == (
            capsule.meta,
            capsule.expected,
            capsule.texts,
            capsule.rank,
        )
        assert (back.query, back.embedding, back.asking) == (capsule.query, capsule.embedding, capsule.asking)
        for one, two in zip(back.memories, capsule.memories, strict=True):
            assert (one.id, one.cues, one.target) == (two.id, two.cues, two.target)
            assert np.array_equal(one.embedding, two.embedding)
            assert np.array_equal(one.cue_embeddings, two.cue_embeddings)


def test_a_capsule_opens_in_this_process_under_the_banks_name(failed, encoder):
    with closing(failed.open(encoder=encoder)) as memory:
        assert (memory.name, memory.path, len(memory)) == ("facts", None, 100)
        memory.add("One more", "memory")  # ids go on
        assert len(memory) == 101


def test_what_was_not_stored_is_known_by_its_text(encoder, sample):
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many([record(row["cue"], row["target"]) for row in sample("support")])
        capsule = make(memory, expecting("Where is the drill?", texts=("In the shed",)), Asking())
        assert (capsule.verdict, capsule.rank, capsule.expected) == ("not stored", None, ())
        memory.add("Where is the drill?", "In the shed")
        assert replay(Capsule.from_json(capsule.to_json()), memory).right


def test_another_encoders_rounding_does_not_make_it_another_trace(failed, encoder, monkeypatch):
    encode = encoder.encode
    for off, same in ((2e-5, True), (0.2, False)):
        moved = lambda texts, off=off: torch.nn.functional.normalize(encode(texts) + off * unit(1, 384), dim=1)  # noqa: E731
        monkeypatch.setattr(encoder, "encode", moved)
        again = replay(failed, encoder=encoder)
        assert (again.same, again.differences["embedding"] <= DRIFT) == (same, same)
        assert again.differences["embedding"] > 1e-6
        assert (max(again.differences[name] for name in TENSORS[1:]) < 1e-6) == same
    assert again.sentence.startswith("The Trace is another: ")


def test_every_part_of_a_trace_is_compared(failed, facts):
    changes = {
        "query": "Who?",
        "stop": "loop",
        "asking": Asking(k=7),
        "bank": replace(failed.trace.bank, seed=9),
        "code": torch.ones(50, dtype=torch.int32),
        "p": failed.trace.p[:1],
        "candidates": failed.trace.candidates[::-1],
    }
    for name, value in changes.items():
        again = replay(replace(failed, trace=replace(failed.trace, **{name: value})), encoder=facts.encoder)
        assert (again.same, again.changed) == (False, (name,))
        assert name in again.sentence
    numbers = {
        "energy": failed.trace.energy + 0.01,
        "nearest": replace(failed.trace.nearest, cosine=failed.trace.nearest.cosine + 0.01),
    }
    for name, value in numbers.items():
        again = replay(replace(failed, trace=replace(failed.trace, **{name: value})), encoder=facts.encoder)
        assert (again.same, again.changed) == (False, ())
        assert again.differences[name] == pytest.approx(0.01, rel=1e-3)
        assert again.sentence == f"The Trace is another: the largest difference is 1.0e-02, in {name}."
    other = replay(replace(failed, verdict_here="average of all"), encoder=facts.encoder)
    assert (other.same, other.then, other.verdict) == (False, "average of all", failed.verdict)


# What cannot be


def test_what_cannot_be_kept_or_opened_is_refused(vectors, failed, encoder, tmp_path, monkeypatch):
    memory = vectors(units=64, winners=4)
    memory.add_many(items(60))
    with pytest.raises(ValueError, match=r"^expected must name at least one memory$"):
        make(memory, expecting("x", embedding=(1.0,) * 8), Asking())
    monkeypatch.setattr(capsules, "MOST", 59)
    with pytest.raises(ValueError, match=r"every link takes part in their sum, and at most 59 memories: .* has 60$"):
        make(memory, expecting("x", 1, embedding=(1.0,) * 8), Asking(hops=1))
    (tmp_path / "there.nuonuo").touch()
    with pytest.raises(ValueError, match=r"bank .*there.nuonuo cannot be made: there is a file of that name"):
        failed.open(tmp_path / "there.nuonuo", encoder)
    gone = replace(failed, meta=replace(failed.meta, encoder="no/such-model"))
    with pytest.raises(
        ValueError, match=r"^the capsule was made with encoder 'no/such-model': load it and hand it over"
    ):
        gone.open(tmp_path / "new.nuonuo")
    with pytest.raises(ValueError, match=r"encoder of the capsule is 'no/such-model' of dimension 384, got 'all-Mini"):
        gone.open(tmp_path / "new.nuonuo", encoder)
    assert not (tmp_path / "new.nuonuo").exists()


def test_beyond_two_thousand_memories_the_largest_excerpt_is_kept_with_both_verdicts(vectors, monkeypatch):
    memory = vectors()
    memory.add_many(items(200))
    query = unit(1, 8, 9)[0]
    far = memory.bank.ids[int((memory.bank.keys @ memory.bank.whitening(query)).argmin())]
    question = expecting("x", far, embedding=tuple(query.tolist()))
    assert make(memory, question, Asking(k=5)).whole  # only all memories give its rank of 200
    monkeypatch.setattr(capsules, "MOST", 120)
    capsule = make(memory, question, Asking(k=5))
    assert (len(capsule.memories), capsule.rank) == (120, 200)
    again = replay(capsule)
    assert (again.same, again.verdict, again.rank) == (True, capsule.verdict_here, 120)


def altered(capsule, *path, value=None):
    """The capsule's JSON with one value changed, or taken out if it is None."""
    row = json.loads(capsule.to_json())
    place = row
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(row)


@pytest.fixture(scope="module")
def small():
    """A capsule of three memories of dimension 8."""
    with closing(Memory(dimension=8, name="small", units=64, winners=4)) as memory:
        memory.add_many(items(3))
        yield make(memory, expecting("x", 1, embedding=(1.0,) * 8), Asking())


NAN = "AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8="  # eight float32
TYPES = {"k": "a whole number", "beta": "a number", "steps": "a whole number"}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("format",), 2, "a capsule must be a JSON object of format 3, got format 2: make it anew$"),
        (("format",), None, "a capsule must be a JSON object of format 3$"),
        (("trace",), None, "a capsule must have exactly its own fields; wrong or missing: trace$"),
        (("more",), 1, "a capsule must have exactly its own fields; wrong or missing: more$"),
        (("bank",), 5, "bank must be a text, got 5$"),
        (("rank",), "1", 'rank must be a whole number, got "1"$'),
        (("expected",), [], "expected, texts or any_of must name at least one memory$"),
        (("expected",), ["a"], r'expected\[0\] must be a whole number, got "a"$'),
        (("texts",), 3, "texts must be a list, got 3$"),
        (("meta",), [], r"meta must be an object with exactly its own fields, got \[\]$"),
        (("meta", "dimension"), 0, "dimension must be >= 1, got 0$"),
        (("meta", "dimension"), 9, "the trace must be of a recall over embeddings of 9 numbers$"),
        (("meta", "centre"), 1, "meta.centre must be true or false, got 1$"),
        (("meta", "winners"), 99, "winners must lie between 1 and 63"),
        (("whitening", "n"), 1.5, "whitening.n must be a whole number, got 1.5$"),
        (("whitening", "mean"), NAN[:-4], r"mean of the whitening must have shape \(8,\), got 7.5 numbers$"),
        (("whitening", "matrix"), NAN, r"matrix of the whitening must have shape \(8, 8\), got 8 numbers$"),
        (("whitening", "n"), 10**30, "whitening.n must be at most 9,223,372,036,854,775,807, got 1000"),
        (("whitening", "shrinkage"), 10**400, r"whitening.shrinkage must be "),
        (("whitening", "matrix"), coded(np.zeros((8, 8))), "matrix of the whitening must have an inverse$"),
        (("whitening", "matrix"), "", r"matrix of the whitening must have shape \(8, 8\), got 0 numbers$"),
        (("whitening", "mean"), coded(np.full(8, 3e38)), r"mean of the whitening must have numbers of at most 1e\+12"),
        (("meta", "units"), 10**9, "units times dimension must be at most 134,217,728, got 8,000,000,000$"),
        (("embedding",), "", 'embedding must be a list, got ""$'),
        (("query",), "\ud800", "query must be a text that is not blank, got"),
        (("asking", "beta"), 10**400, r"asking.beta must be "),
        (("memories",), [], r"memories must be at least one, got \[\]$"),
        (("memories", 0, "id"), 2, "memories must each have an id of its own$"),
        (("memories", 0, "id"), 2**63, r"memories\[0\].id must be at most 9,223,372,036,854,775,807, got"),
        (("memories", 0, "cues"), [" "], r"memories\[0\].cues\[0\] must be a text that is not blank, got"),
        (("memories", 0, "cues"), ["a", "b"], r"cue_embeddings of memory 1 must have shape \(2, 8\), got 8 numbers$"),
        (("memories", 0, "embedding"), NAN, "embedding of memory 1 must be finite, got NaN or infinity in it$"),
        (
            ("memories", 0, "embedding"),
            "?",
            'embedding of memory 1 must be base64 of little-endian float32, got "\\?"$',
        ),
        (("memories", 0, "target"), None, r"memories\[0\] must have exactly its own fields; wrong or missing: target$"),
        (("asking", "hops"), True, "asking.hops must be a whole number, got true$"),
        (("embedding",), [0.5, "b"], r"embedding\[1\] must be a number"),
        (("asking", "k"), "5", 'asking.k must be a whole number, got "5"$'),
        (("asking", "noise", "sigma"), -1, "sigma must be a finite number >= 0, got -1.0$"),
        (("asking", "noise", "drop"), None, "asking.noise must have exactly its own fields; .*: drop$"),
        (
            ("asking", "separation"),
            "__import__",
            "separation must be one of linear, power, softmax, or power or softmax with a number, got",
        ),
        (("asking", "separation"), 3, "asking.separation must be a text, got 3$"),
        (("asking", "steps"), 10**6, "asking.steps must be at most 1,000, got 1000000$"),
        (("trace", "p"), "x", "a trace must hold what to_json wrote"),
        (("trace", "stop"), None, "a trace must have exactly its own fields; wrong or missing: stop$"),
        (("trace", "bank"), {}, "a trace must hold what to_json wrote"),
        (("trace", "energy", 0), float("nan"), "a capsule must hold finite numbers, got NaN$"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(small, path, value, sentence):
    wrong = altered(small, *path, value=value)
    with pytest.raises(ValueError, match=f"^{sentence}") as said:
        Capsule.from_json(wrong)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("wrong", ["", "{", "[" * 100_000, "gASVBQAAAAAAAABLAS4="])
def test_what_is_no_json_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^a capsule must be JSON, got text that cannot be read: "):
        Capsule.from_json(wrong)


@pytest.mark.parametrize("wrong", ["[]", "3", "null"])
def test_other_json_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^a capsule must be a JSON object of format 3$"):
        Capsule.from_json(wrong)


def test_a_number_too_large_is_refused(small):
    with pytest.raises(ValueError, match=r"^a capsule must hold finite numbers, got 1e999$"):
        Capsule.from_json(small.to_json().replace('"beta": 32.0', '"beta": 1e999'))


def test_a_file_that_is_none_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"there is no file .*none.json"):
        Capsule.read(tmp_path / "none.json")
    for name, data in (("note.json", b"just a note"), ("binary.json", b"\x80\x04\xff")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=rf"{name} is no capsule that can be read: "):
            Capsule.read(tmp_path / name)


# The command


@pytest.fixture
def cli(shared, tmp_path, monkeypatch):
    """Runs a command in an empty folder, with this test run's encoder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def fixed_bank(facts, capsule, path):
    """A copy of the bank, as a file, to which the first fix of the bank was applied."""
    trace = ask(facts, capsule.question, capsule.asking)
    found = diagnose(facts, trace, capsule.things_in(facts))
    fix = next(f for f in fixes(facts, trace, capsule.question, found) if f.change)
    with closing(Memory(path, facts.encoder)) as memory:
        memory.put_back(list(facts))
        fix.change(memory)


def test_replay_says_whether_it_is_the_same(cli, failed, facts, tmp_path):
    (tmp_path / "pets.json").write_text(failed.to_json(), "utf-8")
    out = cli("replay", "pets.json")
    assert (out.exit_code, out.stderr) == (0, "")
    assert out.stdout.splitlines() == [
        f"Question: {PETS}",
        "Asked of: facts, 100 of 143 memories",
        f"Verdict: a rival wins, rank {failed.rank} (as it was)",
        replay(failed, encoder=facts.encoder).why,
        out.stdout.splitlines()[4],
    ]
    assert out.stdout.splitlines()[4].startswith("The Trace is the same: its numbers differ by ")
    told = json.loads(cli("replay", "pets.json", "--json").stdout)
    assert (told["same"], told["right"], told["verdict"], told["changed"]) == (True, False, "a rival wins", [])
    (tmp_path / "other.json").write_text(altered(failed, "trace", "similarity", 0, value=0.5), "utf-8")
    out = cli("replay", "other.json")
    assert out.exit_code == 1
    assert out.stdout.splitlines()[-1].startswith("The Trace is another: the largest difference is ")
    fixed_bank(facts, failed, tmp_path / "fixed.nuonuo")
    out = cli("replay", "pets.json", "--bank", "fixed.nuonuo")
    assert out.exit_code == 0
    assert out.stdout.splitlines()[1:3] == [
        "Asked of: fixed.nuonuo",
        "Verdict: right, rank 1 (it was: a rival wins)",
    ]
    with closing(failed.open(tmp_path / "as-it-was.nuonuo", facts.encoder)):
        pass
    assert cli("replay", "pets.json", "--bank", "as-it-was.nuonuo").exit_code == 1


def test_replay_says_what_is_wrong_and_leaves_with_code_two(cli, failed, tmp_path):
    (tmp_path / "pets.json").write_text(failed.to_json(), "utf-8")
    (tmp_path / "note.json").write_text("{}", "utf-8")
    for words, sentence in (
        (["none.json"], "there is no file none.json"),
        (["note.json"], "note.json is no capsule that can be read: a capsule must be a JSON object of format 3"),
        (["pets.json", "--bank", "none.nuonuo"], "there is no bank at none.nuonuo"),
    ):
        out = cli("replay", *words)
        assert (out.exit_code, out.stdout, out.stderr) == (2, "", f"Error: {sentence}\n")


# The generated test


@pytest.fixture(scope="module")
def cache(tmp_path_factory, encoder):
    """A user's cache that knows one question, so that its test need not load the model."""
    folder = tmp_path_factory.mktemp("cache")
    known = EmbeddingCache(folder / "nuonuo" / "embeddings.sqlite", SHA256[WEIGHTS])
    known.put(["Who is the vet?"], encoder.encode(["Who is the vet?"]).cpu().numpy())
    return folder


@pytest.fixture
def run(tmp_path, cache):
    """Runs a module's tests on its own: exit code, and what was said."""

    def pytest_of(module, **more):
        env = {**os.environ, "HF_HUB_OFFLINE": "1", "XDG_CACHE_HOME": str(cache), **more}
        words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", module.name]
        out = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)
        return out.returncode, out.stdout

    return pytest_of


def test_the_generated_test_fails_and_passes_once_the_bank_is_mended(failed, facts, tmp_path, run):
    (tmp_path / "pets.json").write_text(failed.to_json(), "utf-8")
    module = tmp_path / "test_pets.py"
    module.write_text(as_pytest(failed, "pets.json"), "utf-8")
    code, said = run(module)
    assert code == 1
    assert f"AssertionError: a rival wins, rank {failed.rank} of 100: {failed.sentence[:39]}" in said
    fixed_bank(facts, failed, tmp_path / "fixed.nuonuo")
    assert run(module, NUONUO_BANK="fixed.nuonuo")[0] == 0


def test_the_generated_test_passes_once_a_setting_is_mended(facts, tmp_path, run):
    capsule = make(facts, expecting("Who is the vet?", of(facts, "Who is the vet?")), Asking(beta=1.0))
    (tmp_path / "vet.json").write_text(capsule.to_json(), "utf-8")
    module, source = tmp_path / "test_vet.py", as_pytest(capsule, "vet.json")
    module.write_text(source, "utf-8")
    assert "AssertionError: average of all, rank 1 of " in run(module)[1]
    module.write_text(source.replace("BETA = 1.0", "BETA = 32.0"), "utf-8")
    assert run(module)[0] == 0


def test_the_generated_test_is_clean(failed, support, tmp_path):
    noisy = replace(NOISY, hops=2, separation="softmax 8", whitened=False)
    long = expecting("the shop is slow " * 12, 3, 4, texts=("In the shed", "b" * 80, "c" * 80))
    for number, capsule in enumerate([failed, make(support, long, noisy)]):
        (tmp_path / f"test_{number}.py").write_text(as_pytest(capsule, "c.json"), "utf-8")
    checked = ["check", "--isolated", "--line-length", "120", "--select", "E,F,I,UP,B,SIM,RET,PT", str(tmp_path)]
    out = subprocess.run([sys.executable, "-m", "ruff", *checked], capture_output=True, text=True)
    assert out.returncode == 0, out.stdout
    out = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "--diff", tmp_path]
    )
    assert out.returncode == 0


@given(query=text(min_size=1), word=text())
def test_no_text_can_break_out_of_the_generated_test(small, query, word):
    evil = replace(small, query=query, sentence=f'{word}"""\\', texts=(word, '"""\\'))
    tree = ast.parse(as_pytest(evil, '../x".json'))
    assert sum(isinstance(node, ast.FunctionDef) for node in tree.body) == 1
    given = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in {"QUESTION", "TEXTS", "EXPECTED", "K"}
    }
    assert given == {"QUESTION": query, "TEXTS": (word, '"""\\'), "EXPECTED": (1,), "K": 20}


def test_the_generated_test_breaks_a_long_text_between_words(vectors, tmp_path, run):
    """And asks it as it is, with its blanks and line breaks: the test runs, and fails for the recall alone."""
    query = "\n".join(f"paragraph {i}:   several    blanks,\t\ta tab\n\n" for i in range(12)) + " " * 200 + "end"
    memory = vectors()
    memory.add_many(items(3))
    question = Question("q", query, (2,), (), tuple(items(3)[0].cue_vectors.tolist()))
    capsule = make(memory, question, Asking())
    (tmp_path / "long.json").write_text(capsule.to_json(), "utf-8")
    module, source = tmp_path / "test_long.py", as_pytest(capsule, "long.json")
    value = next(n.value for n in ast.parse(source).body if ast.unparse(n).startswith("QUESTION ="))
    module.write_text(source + f"\n\ndef test_question():\n    assert QUESTION == {query!r}\n", "utf-8")
    code, said = run(module)
    assert (code, "1 failed, 1 passed" in said, "AssertionError: asked in other words" in said) == (1, True, True), said
    assert ast.literal_eval(value) == query
    lines = [ast.literal_eval(line.strip()) for line in ast.get_source_segment(source, value).splitlines()]
    assert [word for line in lines for word in line.split()] == query.split()  # no word is in two pieces
    assert 5 < len(lines) < 15
    assert all(len(line.rstrip()) <= 90 for line in lines)


def test_a_capsule_keeps_several_things_origins_and_ties(encoder, sample):
    with closing(Memory(encoder=encoder, name="linked")) as memory:
        rows = [record(row["cue"], row["target"]) for row in sample("facts")]
        boat = record("The Red Boat\nThe Red Boat is a painting by Anna Berg.", about=About("The Red Boat", "art", 1.5))
        first, second = memory.add_many([boat, record("Anna Berg\nShe lived in Skagen.", about=About("Anna Berg"))])
        memory.add_many(rows)
        memory.change(second, ties=(Tie(first, 2.0), Tie(999, 0.0)))
        question = Question("q", "Who painted The Red Boat?", (first,), (), None, ((second, first + 999),))
        capsule = make(memory, question, Asking(relations=(Relation.MENTION, Relation.HAND)))
        again = Capsule.from_json(capsule.to_json())
        assert (again.expected, again.any_of, again.verdict) == ((first,), ((second, first + 999),), "right")
        assert again.asking == capsule.asking
        kept = {row.id: row for row in again.memories}
        assert all((kept[i].about, kept[i].ties) == (memory.get(i).about, memory.get(i).ties) for i in (first, second))
        outcome = replay(again, encoder=encoder)
        assert (outcome.same, outcome.right, outcome.changed) == (True, True, ())
        assert {row.id for row in again.memories} >= {s.id for c in again.trace.candidates for s in c.senders}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("asking", "relations"), ["cousin"], 'relations must be among sequence, mention, .*, got "cousin"$'),
        (("asking", "words"), -1.0, "words must be a finite number >= 0, got -1.0$"),
        (("memories", 0, "ties"), [{"to": 1, "weight": -1.0}], r"memories\[0\].ties\[0\].weight must be at least 0"),
        (("memories", 0, "about"), {"title": "a"}, r"memories\[0\].about must have exactly its own fields"),
    ],
)
def test_wrong_links_are_refused(failed, path, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        Capsule.from_json(altered(failed, *path, value=value))
