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

from nuonuo import Memory, Noise, identity, power, softmax, winner
from nuonuo.__main__ import app
from nuonuo.association import Separation
from nuonuo.debug import capsule as capsules
from nuonuo.debug.asking import Asking
from nuonuo.debug.capsule import Capsule, make
from nuonuo.debug.capsule_json import coded
from nuonuo.debug.capsule_pytest import as_pytest
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import fixes
from nuonuo.debug.queries import Question
from nuonuo.debug.replaying import DRIFT, TENSORS, replay
from nuonuo.encoder import SHA256, EmbeddingCache
from nuonuo.items import Item
from nuonuo.trace import Settings
from tests.conftest import items, unit

PETS = "Who feeds the dog while we are away at grandma's?"
LOOKS = "Who looks after the pets when we travel?"
KEY = "Where is the spare house key?"
NOISY = Settings(noise=Noise(sigma=0.8, drop=0.3, swap=0.2, seed=3))


@pytest.fixture(scope="module")
def facts(encoder, sample):
    """The household facts, 143 memories; do not change it."""
    memory = Memory(encoder=encoder, name="facts")
    memory.add_many([Item(row["cue"], row["target"], row.get("cues", ())) for row in sample("facts")])
    yield memory
    memory.close()


@pytest.fixture(scope="module")
def support(encoder, sample):
    """A bank of ten memories with ids that are not 1 to 10; do not change it."""
    memory = Memory(encoder=encoder, name="support")
    memory.forget([memory.add("Soon forgotten"), memory.add("Forgotten too")])
    memory.add_many([Item(row["cue"], row["target"], row.get("cues", ())) for row in sample("support")])
    yield memory
    memory.close()


@pytest.fixture(scope="module")
def failed(facts):
    """A recall that a rival wins, kept."""
    return make(facts, Asking(PETS), {of(facts, LOOKS)})


@pytest.fixture
def shared(encoder, monkeypatch):
    """This test run's encoder wherever one would be made."""
    for module in ("nuonuo.debug.capsule", "nuonuo.memory"):
        monkeypatch.setattr(f"{module}.Encoder", lambda name, device: encoder)


def of(memory, cue):
    return next(row.id for row in memory if cue in row.cues)


def reopened(capsule, memory, path):
    """The trace of the capsule's question, asked of its excerpt as a new file, read from JSON."""
    with closing(Capsule.from_json(capsule.to_json()).open(path, memory.encoder)) as excerpt:
        assert excerpt.path == path
        assert [row.id for row in excerpt] == [row.id for row in capsule.memories]
        assert excerpt.meta == memory.meta
        assert torch.equal(excerpt.bank.whitening.mean, memory.bank.whitening.mean)
        return capsule.asking.of(excerpt)


def assert_same(now, then):
    for name in TENSORS:
        assert_close(getattr(now, name), getattr(then, name), rtol=0, atol=1e-6, msg=name)
    assert [(c.id, c.cue, c.target) for c in now.candidates] == [(c.id, c.cue, c.target) for c in then.candidates]
    assert [(h.id, h.runner_up) for h in now.hops] == [(h.id, h.runner_up) for h in then.hops]
    assert (now.nearest.id, now.stop, now.noisy_query) == (then.nearest.id, then.stop, then.noisy_query)
    assert now.code is then.code is None or torch.equal(now.code, then.code)


@pytest.mark.parametrize(
    ("query", "wanted", "settings", "whitened"),
    [
        (PETS, LOOKS, Settings(), True),
        (PETS, LOOKS, Settings(), False),
        (PETS, LOOKS, NOISY, True),
        (PETS, LOOKS, NOISY, False),
        (PETS, LOOKS, Settings(k=3, beta=1.0, steps=1), True),
        (KEY, KEY, Settings(noise=Noise(sigma=8, seed=3)), True),
        (KEY, KEY, Settings(beta=1000.0), True),
        ("Paint the fence green", KEY, Settings(), True),
        ("Paint the fence green", KEY, Settings(k=100), False),
    ],
)
def test_an_excerpt_of_a_bank_recalls_as_the_whole_bank_did(facts, tmp_path, query, wanted, settings, whitened):
    asking, meant = Asking(query, settings, whitened=whitened), {of(facts, wanted)}
    capsule = make(facts, asking, meant)
    trace = asking.of(facts)
    assert_same(reopened(capsule, facts, tmp_path / "excerpt.nuonuo"), trace)
    found = diagnose(facts, trace, meant)
    assert (capsule.verdict, capsule.verdict_here, capsule.rank) == (found.verdict, found.verdict, found.rank)
    again = replay(capsule, encoder=facts.encoder)
    assert (again.same, again.verdict, again.then, again.rank) == (True, found.verdict, found.verdict, found.rank)
    assert (again.changed, max(again.differences.values())) == ((), 0)
    assert not capsule.whole or len(capsule.memories) == 143


def test_most_recalls_need_fifty_memories_and_keep_what_they_touched(facts, failed):
    kept = {row.id for row in failed.memories}
    assert len(kept) == 50
    assert kept >= {c.id for c in failed.trace.candidates} | {failed.trace.nearest.id, *failed.meant}
    score = facts.bank.keys @ failed.trace.key
    best = {i: float(score[facts.bank.owner == place].max()) for place, i in enumerate(facts.bank.ids)}
    assert kept == set(sorted(best, key=best.get)[-50:])  # the wanted one is among them
    assert failed.whitening.n == sum(len(row.cues) for row in failed.memories)
    assert not failed.whole


def test_an_excerpt_grows_until_its_verdict_is_the_banks(facts):
    sizes = {len(make(facts, Asking(query), {of(facts, KEY)}).memories) for query in (PETS, "Paint the fence green")}
    for query in (PETS, "Paint the fence green"):
        grown = make(facts, Asking(query), {of(facts, KEY)})
        assert grown.verdict == grown.verdict_here
    assert max(sizes) > 50


@pytest.mark.parametrize(
    ("phi", "settings", "whitened"),
    [
        (None, Settings(), True),
        (identity(), Settings(noise=Noise(sigma=0.4, flip=5, seed=1)), True),
        (power(2), Settings(), False),
        (softmax(8), Settings(noise=Noise(flip=5, seed=1)), False),
        (winner(), Settings(), True),
    ],
)
def test_hops_take_the_whole_bank_and_come_out_the_same(support, tmp_path, phi, settings, whitened):
    asking = Asking("the shop is slow", settings, 3, phi, whitened)
    capsule = make(support, asking, {support.bank.ids[0]})
    assert capsule.whole
    assert capsule.whitening.n == support.bank.whitening.n
    trace = asking.of(support)
    assert trace.code is not None
    assert_same(reopened(capsule, support, tmp_path / "whole.nuonuo"), trace)
    assert replay(Capsule.from_json(capsule.to_json()), encoder=support.encoder).same


def test_hops_in_a_large_bank_come_out_the_same(facts, tmp_path):
    asking = Asking(KEY, hops=4)
    capsule = make(facts, asking, {of(facts, KEY)})
    assert capsule.whole
    assert_same(reopened(capsule, facts, tmp_path / "whole.nuonuo"), asking.of(facts))


@pytest.mark.parametrize("n", [1, 40, 200])
def test_a_bank_without_an_encoder_is_asked_by_embedding(vectors, tmp_path, n):
    memory = vectors(exponent=0.7, seed=5, units=256, winners=8)
    memory.add_many(items(n))
    asking = Asking("by hand", Settings(k=5), embedding=tuple(unit(1, 8, 9)[0].tolist()))
    capsule = make(memory, asking, {memory.bank.ids[-1]})
    assert (len(capsule.memories) < n) == (n > 50)
    assert_same(reopened(capsule, memory, tmp_path / "v.nuonuo"), asking.of(memory))
    again = replay(Capsule.from_json(capsule.to_json()))
    assert (again.same, again.then) == (True, capsule.verdict)


def test_duplicates_that_tie_come_in_the_order_they_came_in(encoder, sample):
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many([Item(row["cue"], row["target"]) for row in sample("facts")])
        twins = [memory.add("Who has the key?", name) for name in ("Agnes", "Ben", "Cem")]
        asking = Asking("Who has the key?")
        missed = next(i for i in twins if i != asking.of(memory).answer.id)
        capsule = make(memory, asking, {missed})
        assert capsule.verdict == capsule.verdict_here == "near-duplicate"
        assert replay(capsule, encoder=encoder).same


def test_what_is_written_is_read_back(failed, support, encoder):
    own = tuple(unit(1, 384)[0].tolist())
    odd = Asking('“"""\\N{x}\n', replace(NOISY, beta=7), 2, softmax(8.5), False, own)
    for capsule in (failed, make(support, odd, {-1, 4})):
        back = Capsule.from_json(capsule.to_json())
        assert back.to_json() == capsule.to_json()
        assert (back.meta, back.meant, back.texts, back.rank) == (
            capsule.meta,
            capsule.meant,
            capsule.texts,
            capsule.rank,
        )
        assert (back.asking.query, back.asking.settings) == (capsule.asking.query, capsule.asking.settings)
        assert (str(back.asking.separation), back.asking.embedding) == (
            str(capsule.asking.separation),
            capsule.asking.embedding,
        )
        for one, two in zip(back.memories, capsule.memories, strict=True):
            assert (one.id, one.cues, one.target) == (two.id, two.cues, two.target)
            assert np.array_equal(one.embedding, two.embedding)
            assert np.array_equal(one.cue_embeddings, two.cue_embeddings)


def test_a_capsule_opens_in_this_process_under_the_banks_name(failed, encoder):
    with closing(failed.open(encoder=encoder)) as memory:
        assert (memory.name, memory.path, len(memory)) == ("facts", None, 50)
        memory.add("One more", "memory")  # ids go on
        assert len(memory) == 51


def test_what_was_not_stored_is_known_by_its_text(encoder, sample):
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many([Item(row["cue"], row["target"]) for row in sample("support")])
        question = Question("", "Where is the drill?", (), ("In the shed",))
        asking = Asking(question.query)
        capsule = make(memory, asking, question.meant(memory), question.texts)
        assert (capsule.verdict, capsule.rank, capsule.meant) == ("not stored", None, (-1,))
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
        "settings": Settings(k=7),
        "bank": failed.trace.bank | {"seed": 9},
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
    other = replay(replace(failed, verdict_here="blend"), encoder=facts.encoder)
    assert (other.same, other.then, other.verdict) == (False, "blend", failed.verdict)


# What cannot be


def test_what_cannot_be_kept_or_opened_is_refused(vectors, failed, encoder, tmp_path, monkeypatch):
    memory = vectors(units=64, winners=4)
    memory.add_many(items(60))
    asking = Asking("x", embedding=(1.0,) * 8)
    with pytest.raises(ValueError, match=r"^meant must name at least one memory$"):
        make(memory, asking, ())
    with pytest.raises(ValueError, match="separation must be one of linear, power, softmax, winner, got 'cube'"):
        make(memory, replace(asking, separation=Separation("cube", "s", lambda s: s**3)), {1})
    monkeypatch.setattr(capsules, "MOST", 59)
    with pytest.raises(ValueError, match=r"every link takes part in their sum, and at most 59 memories: .* has 60$"):
        make(memory, replace(asking, hops=1), {1})
    (tmp_path / "there.nuonuo").touch()
    with pytest.raises(ValueError, match=r"bank .*there.nuonuo cannot be made: there is a file of that name"):
        failed.open(tmp_path / "there.nuonuo", encoder)
    gone = replace(failed, meta=failed.meta | {"encoder": "no/such-model"})
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
    asking = Asking("x", Settings(k=5), embedding=tuple(query.tolist()))
    assert make(memory, asking, {far}).whole  # only all memories give its rank of 200
    monkeypatch.setattr(capsules, "MOST", 120)
    capsule = make(memory, asking, {far})
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
        yield make(memory, Asking("x", embedding=(1.0,) * 8, separation=power(3)), {1})


NAN = "AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8="  # eight float32
TYPES = {"k": "a whole number", "beta": "a number", "steps": "a whole number"}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("format",), 2, "a capsule must be a JSON object of format 1$"),
        (("format",), None, "a capsule must be a JSON object of format 1$"),
        (("trace",), None, "a capsule must have exactly its own fields; wrong or missing: trace$"),
        (("more",), 1, "a capsule must have exactly its own fields; wrong or missing: more$"),
        (("bank",), 5, "bank must be a text, got 5$"),
        (("rank",), "1", 'rank must be a whole number, got "1"$'),
        (("meant",), [], "meant must name at least one memory"),
        (("meant",), ["a"], 'an id of meant must be a whole number, got "a"$'),
        (("texts",), 3, "texts must be a list, got 3$"),
        (("meta",), [], "meta must have exactly its own fields; wrong or missing: centre, dimension, encoder"),
        (("meta", "dimension"), 0, "dimension must be >= 1, got 0$"),
        (("meta", "dimension"), 9, "the trace must be of a recall over embeddings of 9 numbers$"),
        (("meta", "centre"), 1, "centre must be true or false, got 1$"),
        (("meta", "winners"), 99, "winners must lie between 1 and 63"),
        (("whitening", "n"), 1.5, "whitening.n must be a whole number, got 1.5$"),
        (("whitening", "mean"), NAN[:-4], r"mean of the whitening must have shape \(8,\), got 7.5 numbers$"),
        (("whitening", "matrix"), NAN, r"matrix of the whitening must have shape \(8, 8\), got 8 numbers$"),
        (("whitening", "n"), 10**30, "whitening.n must be a number of cues, got 1000"),
        (("whitening", "shrinkage"), 10**400, r"shrinkage must be a number of at most 1e\+12, got 1000"),
        (("whitening", "matrix"), coded(np.zeros((8, 8))), "matrix of the whitening must have an inverse$"),
        (("whitening", "matrix"), "", r"matrix of the whitening must have shape \(8, 8\), got 0 numbers$"),
        (("whitening", "mean"), coded(np.full(8, 3e38)), r"mean of the whitening must have numbers of at most 1e\+12"),
        (("meta", "units"), 10**9, "units times dimension must be at most 134,217,728, got 8,000,000,000$"),
        (("asking", "embedding"), "", 'embedding must be a list, got ""$'),
        (("asking", "query"), "\ud800", "query must be a text that is not blank, got"),
        (("asking", "settings", "beta"), 10**400, r"beta must be a number of at most 1e\+12, got 1000"),
        (("memories",), [], "memories must be at least one, each with an id above 0 of its own$"),
        (("memories", 0, "id"), 2, "memories must be at least one, each with an id above 0 of its own$"),
        (("memories", 0, "id"), 2**63, "memories must be at least one, each with an id above 0 of its own$"),
        (("memories", 0, "cues"), [" "], "memory 1 must have texts that are not blank"),
        (("memories", 0, "cues"), ["a", "b"], r"cue_embeddings of memory 1 must have shape \(2, 8\), got 8 numbers$"),
        (("memories", 0, "embedding"), NAN, "embedding of memory 1 must be finite, got NaN or infinity in it$"),
        (
            ("memories", 0, "embedding"),
            "?",
            'embedding of memory 1 must be base64 of little-endian float32, got "\\?"$',
        ),
        (("memories", 0, "target"), None, "a memory must have exactly its own fields; wrong or missing: target$"),
        (("asking", "hops"), True, "hops must be a whole number, got true$"),
        (("asking", "embedding"), [0.5, "b"], "a number of the query's embedding must be a number"),
        (("asking", "settings", "k"), "5", 'k must be a whole number, got "5"$'),
        (("asking", "settings", "noise", "sigma"), -1, "sigma must be a finite number >= 0, got -1$"),
        (("asking", "settings", "noise", "drop"), None, "noise must have exactly its own fields; .*: drop$"),
        (
            ("asking", "separation", "name"),
            "__import__",
            "separation must be one of linear, power, softmax, winner, got",
        ),
        (("asking", "separation", "parameter"), -1, "n must be > 0, got -1$"),
        (("trace", "p"), "x", "a trace must hold what to_json wrote"),
        (("trace", "stop"), None, "a trace must have exactly its own fields; wrong or missing: stop$"),
        (("trace", "bank"), {}, "number of memories in the trace must be a whole number, got nothing$"),
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
    with pytest.raises(ValueError, match=r"^a capsule must be a JSON object of format 1$"):
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


def mended_bank(facts, asking, meant, path):
    """A copy of the bank, as a file, to which the first fix of the bank was applied."""
    question = Question("", asking.query, tuple(meant), ())
    fix = next(f for f in fixes(facts, asking, question, diagnose(facts, asking.of(facts), meant)) if f.change)
    with closing(Memory(path, facts.encoder)) as memory:
        memory.put_back(list(facts))
        fix.change(memory)


def test_replay_says_whether_it_is_the_same(cli, failed, facts, tmp_path):
    (tmp_path / "pets.json").write_text(failed.to_json(), "utf-8")
    out = cli("replay", "pets.json")
    assert (out.exit_code, out.stderr) == (0, "")
    assert out.stdout.splitlines() == [
        f"Question: {PETS}",
        "Asked of: facts, 50 of 143 memories",
        f"Verdict: a rival wins, rank {failed.rank} (as it was)",
        failed.sentence,
        "The Trace is the same: its numbers differ by 0.0e+00 at most.",
    ]
    told = json.loads(cli("replay", "pets.json", "--json").stdout)
    assert (told["same"], told["right"], told["verdict"], told["changed"]) == (True, False, "a rival wins", [])
    (tmp_path / "other.json").write_text(altered(failed, "trace", "similarity", 0, value=0.5), "utf-8")
    out = cli("replay", "other.json")
    assert out.exit_code == 1
    assert out.stdout.splitlines()[-1].startswith("The Trace is another: the largest difference is ")
    mended_bank(facts, failed.asking, failed.meant, tmp_path / "mended.nuonuo")
    out = cli("replay", "pets.json", "--bank", "mended.nuonuo")
    assert out.exit_code == 0
    assert out.stdout.splitlines()[1:3] == [
        "Asked of: mended.nuonuo",
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
        (["note.json"], "note.json is no capsule that can be read: a capsule must be a JSON object of format 1"),
        (["pets.json", "--bank", "none.nuonuo"], "there is no bank at none.nuonuo"),
    ):
        out = cli("replay", *words)
        assert (out.exit_code, out.stdout, out.stderr) == (2, "", f"Error: {sentence}\n")


# The generated test


@pytest.fixture(scope="module")
def cache(tmp_path_factory, encoder):
    """A user's cache that knows one question, so that its test need not load the model."""
    folder = tmp_path_factory.mktemp("cache")
    known = EmbeddingCache(folder / "nuonuo" / "embeddings.sqlite", SHA256)
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
    assert f"AssertionError: a rival wins, rank {failed.rank} of 50: {failed.sentence[:40]}" in said
    mended_bank(facts, failed.asking, failed.meant, tmp_path / "mended.nuonuo")
    assert run(module, NUONUO_BANK="mended.nuonuo")[0] == 0


def test_the_generated_test_passes_once_a_setting_is_mended(facts, tmp_path, run):
    capsule = make(facts, Asking("Who is the vet?", Settings(beta=1.0)), {of(facts, "Who is the vet?")})
    (tmp_path / "vet.json").write_text(capsule.to_json(), "utf-8")
    module, source = tmp_path / "test_vet.py", as_pytest(capsule, "vet.json")
    module.write_text(source, "utf-8")
    assert "AssertionError: blend, rank 1 of 50" in run(module)[1]
    module.write_text(source.replace("BETA = 1.0", "BETA = 32.0"), "utf-8")
    assert run(module)[0] == 0


def test_the_generated_test_is_clean(failed, support, tmp_path):
    noisy = Asking("the shop is slow " * 12, NOISY, 2, softmax(8), False)
    for number, capsule in enumerate([failed, make(support, noisy, {3, 4}, ("In the shed", "b" * 80, "c" * 80))]):
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
    evil = replace(small, asking=replace(small.asking, query=query), sentence=f'{word}"""\\', texts=(word, '"""\\'))
    tree = ast.parse(as_pytest(evil, '../x".json'))
    assert sum(isinstance(node, ast.FunctionDef) for node in tree.body) == 1
    given = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in {"QUESTION", "TEXTS", "MEANT", "K"}
    }
    assert given == {"QUESTION": query, "TEXTS": (word, '"""\\'), "MEANT": (1,), "K": 20}
