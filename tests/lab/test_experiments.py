"""Specifies the experiments that the Lab page shows, at their small size."""

import inspect
import json
from importlib import import_module

import pytest

from nuonuo.lab import backgrounds, cues, encoders, full, latency, noise
from nuonuo.lab.experiments import EXPERIMENTS, experiment
from nuonuo.lab.material import read_pairs, sample, sentences, templated
from nuonuo.maths.intervals import average, share
from nuonuo.memory.encoder import Encoder
from nuonuo.systems.lineup import NEAREST

RAN: dict[str, tuple[list[dict], list, list]] = {}


def ran(name, encoder):
    """What an experiment's small run gave: rows, progress and what was kept; run once."""
    if name not in RAN:
        module, told, kept = import_module(f"nuonuo.lab.{name}"), [], []
        takes = inspect.signature(module.run).parameters
        own = (
            Encoder() if name == "encoders" else encoder
        )  # asking for hidden states leaves hooks of transformers in it
        given = module.SMALL | ({"encoder": own} if "encoder" in takes else {})
        rows = module.run(**given, progress=lambda *at: told.append(at), keep=lambda some: kept.append(len(some)))
        RAN[name] = rows, told, kept
    return RAN[name]


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_rows_hold_what_the_experiment_says_they_hold(e, encoder):
    rows, _, _ = ran(e.name, encoder)
    for row in rows:
        assert isinstance(row["system"], str)
        assert isinstance(row[e.x], int | float)
        assert row["low"] <= row[e.value] + 1e-9
        assert row[e.value] <= row["high"] + 1e-9
        assert e.split is None or e.split in row
    json.dumps(rows, allow_nan=False)
    assert e.name == "encoders" or any(row["system"] == NEAREST for row in rows)


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_progress_reaches_its_end_and_every_part_is_kept(e, encoder):
    rows, told, kept = ran(e.name, encoder)
    assert told[-1][0] == told[-1][1]
    assert [at[0] for at in told] == sorted(at[0] for at in told)
    assert kept == sorted(kept)
    assert kept[-1] == len(rows)


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_what_the_page_starts_with_are_settings_of_the_run(e):
    module = import_module(f"nuonuo.lab.{e.name}")
    assert set(module.PAGE) | set(module.SMALL) | set(full.FULL[e.name]) <= set(
        inspect.signature(module.run).parameters
    )
    assert experiment(e.name) is e


def test_nearest_neighbour_finds_every_stored_cue(encoder):
    exact = [r for r in ran("backgrounds", encoder)[0] if r["system"] == NEAREST and "exact" in r["queries"]]
    assert {r["recall"] for r in exact} == {1.0}
    assert {(r["queries"], r["backgrounds"]) for r in exact} == {
        (f"{k}, exact", n) for k in ("templated", "real") for n in (0, 40)
    }


def test_a_background_larger_than_the_texts_is_left_out(encoder):
    rows = backgrounds.run(sizes=(0, 20_000), largest=10, seeds=1, encoder=encoder)
    assert {r["backgrounds"] for r in rows} == {0}


def test_no_damage_is_no_loss_for_nearest_neighbour(encoder):
    rows = [r for r in ran("noise", encoder)[0] if r["amount"] == 0]
    assert {r["recall"] for r in rows if r["system"] == NEAREST} == {1.0}
    assert {r["damage"] for r in rows} == {"σ", "dropped words", "flipped winners", noise.SINGLE}
    flipped = {r["system"] for r in rows if r["damage"] == "flipped winners"}
    assert "flat Hebbian" in flipped
    assert NEAREST in flipped  # among codes
    assert "nearest code" not in flipped


def test_noise_is_seeded(encoder):
    one, again, other = (
        noise.run(memories=2, backgrounds=0, draws=1, seed=seed, encoder=encoder) for seed in (1, 1, 7)
    )
    assert one == again != other


def test_the_household_bank_has_as_many_memories_as_noise_may_ask_for():
    assert noise.BOUNDS["memories"].most == len(sample("facts"))


def test_an_experiment_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="there is no experiment 'alchemy': choose backgrounds, noise"):
        experiment("alchemy")


def test_random_patterns_of_few_dimensions_crowd(encoder):
    rows = ran("capacity", encoder)[0]
    near = {r["patterns"]: r["nearest"] for r in rows}
    assert near["random, d = 8"] > near["random, d = 384"]
    assert near["real text, d = 384"] > near["random, d = 384"]  # real sentences lie closer than random directions
    assert {r["capacity"] for r in rows if r["patterns"] == "random, d = 8"} == {16.0}


def test_further_cues_help_the_household_bank(encoder):
    at_one = {r["system"]: r["recall"] for r in ran("cues", encoder)[0] if r["k"] == 1}
    assert at_one[f"{NEAREST} + cues"] > at_one[NEAREST]
    assert len(at_one) == 4
    with pytest.raises(ValueError, match="there is no file none"):
        cues.run("none.json", encoder=encoder)


def test_the_gap_rises_through_the_encoders_layers(encoder):
    gaps = {r["system"]: r["gap"] for r in ran("encoders", encoder)[0] if r["data"].startswith("household")}
    assert gaps["MiniLM, layer 0 of 6"] < gaps["MiniLM, layer 5 of 6"] < gaps["all-MiniLM-L6-v2"]


def test_the_last_layers_mean_is_the_encoder_itself(encoder):
    import torch

    texts = ["Where is the key?", "A much longer sentence about nothing in particular, to need padding"]
    last = encoders.layer(Encoder(), 6)(texts)
    torch.testing.assert_close(last, encoder.encode(texts), atol=1e-5, rtol=0)


def test_what_a_system_holds_is_weighed_once(encoder):
    import torch

    X = torch.randn(10, 4)
    assert latency.weigh({"a": X, "b": X, "c": X.view(20, 2)}) == 160
    rows = ran("latency", encoder)[0]
    assert {r["system"] for r in rows} >= {NEAREST, "NumPy", "FAISS flat"}
    assert all(r["bytes"] > 100 * 384 * 4 for r in rows if r["system"] == NEAREST)


def test_intervals_hold_the_value_and_shrink_with_more_of_it():
    few, many = share([1.0] * 8 + [0.0] * 2), share([1.0] * 80 + [0.0] * 20)
    assert (few["recall"], few["n"]) == (0.8, 10)
    assert few["low"] < many["low"] < 0.8 < many["high"] < few["high"]
    assert share([1.0] * 10)["high"] == 1
    assert (round(share([1.0] * 5 + [0.0] * 5)["low"], 4), round(few["low"], 4)) == (0.2366, 0.4902)  # Wilson's, by R
    mean = average([1.0, 2.0, 3.0, 4.0], "ms")
    assert (mean["ms"], round(mean["low"], 3), round(mean["high"], 3)) == (2.5, 0.446, 4.554)  # R: t.test(1:4)
    assert average([1.0, 2.0, 3.0, 4.0], "ms", least=1)["low"] == 1
    assert average([3.0], "ms") == {"ms": 3.0, "low": 3.0, "high": 3.0, "n": 1}


def test_pairs_are_read_or_refused(tmp_path):
    file = tmp_path / "pairs.json"
    file.write_text('[{"cue": "a", "target": "b", "paraphrase": "c"}]')
    assert read_pairs(file)[0].paraphrases == ("c",)
    for text in ("[]", "{}", "no", '[{"cue": 1, "target": "b", "paraphrase": "c"}]', '[{"cue": "a"}]'):
        file.write_text(text)
        with pytest.raises(ValueError, match="must be a JSON list of objects with cue, target and paraphrase"):
            read_pairs(file)
    with pytest.raises(ValueError, match=r"there is no file .*none\.json"):
        read_pairs(tmp_path / "none.json")


def test_the_material_is_the_projects_own():
    assert len(sample("support")) == 10
    assert all(len(pair.paraphrases) == 3 for pair in sample("support"))
    assert len(sentences()) == len(set(sentences())) > 250
    assert templated(22)[21].cue == "Background task 21 about topic 1"
    assert templated(22)[21].target == "Background fact 21 detail 1"
