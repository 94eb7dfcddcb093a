"""Specifies nuonuo/lab/spiking.py."""

import json

import pytest
import torch

from nuonuo.lab import spiking as lab


@pytest.fixture(scope="module")
def rows(encoder):
    return lab.run(encoder=encoder, **lab.SMALL)


def of(rows, **fields):
    found = [row for row in rows if all(row.get(key) == value for key, value in fields.items())]
    assert found, fields
    return found


def test_rows_have_a_part_what_was_varied_a_measure_and_a_value(rows):
    assert list(dict.fromkeys(row["part"] for row in rows)) == ["encoder", "lif", "sampler", "table"]
    for row in rows:
        assert isinstance(row["measure"], str)
        assert row["low"] <= row["value"] <= row["high"] if "low" in row else row["value"] >= 0
    json.dumps(rows, allow_nan=False)


def test_the_encoder_rows_are_the_measured_cosines(rows):
    at = lambda system, T: of(rows, part="encoder", system=system, steps=T, measure="cosine")[0]  # noqa: E731
    assert at("integrate-and-fire", 16)["value"] >= 0.99
    assert at("integrate-and-fire", 16)["n"] >= 100
    for T in (16, 32, 64):
        assert at("leaky", T)["high"] < at("integrate-and-fire", T)["low"]


def test_the_lif_rows_show_the_failure_beside_softmax(rows):
    def right(count):
        found = of(rows, part="lif", kind="near-duplicates", backgrounds=count, measure="recall")
        return [round(5 * row["value"]) for row in found]

    assert right(0)[:3] == [5, 5, 5]
    assert max(right(0)[3:]) <= 2
    assert max(right(100)) <= 1
    assert all(row["value"] == 1 for row in of(rows, part="lif", measure="softmax recall"))


def test_the_table_is_the_prototypes_with_both_spiking_memories(rows):
    recall = lambda name, n: of(rows, part="table", system=name, backgrounds=n)[0]["value"]  # noqa: E731
    for count in lab.BACKGROUNDS:
        assert recall("spiking WTA, 64 spikes", count) == recall(lab.SOFTMAX, count) == recall(lab.NEAREST, count) == 1
    assert recall("LIF Hopfield, 100 steps", 0) <= 0.4
    ratio = of(rows, part="table", measure="time / softmax")
    assert [row["system"] for row in ratio] == list(lab.SYSTEMS)
    assert ratio[3]["value"] == 1


def test_votes_come_closer_to_softmax_with_more_spikes(rows):
    for asked, beta, count, constant in lab.VOTED:
        far = of(rows, asked=asked, beta=beta, backgrounds=count, constant=constant, measure="distance")
        assert [row["spikes"] for row in far] == [1, 2, 4, 8, 16]
        if asked == "paraphrase":  # a cue in its own words leaves nothing to sample
            assert far[-1]["value"] < far[0]["value"]


def test_pairs_may_come_from_a_file(encoder, tmp_path):
    file = tmp_path / "pairs.json"
    pairs = [{"cue": f"The {w} is broken", "target": f"Mend the {w}", "paraphrase": f"A broken {w}"} for w in "abcdef"]
    file.write_text(json.dumps(pairs), "utf-8")
    seen = []
    rows = lab.run(file, **lab.SMALL, encoder=encoder, progress=lambda done, total: seen.append((done, total)))
    assert of(rows, part="lif", measure="recall")[0]["n"] == 5
    assert of(rows, part="sampler", measure="recall")[0]["n"] == 6
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_cannot_be_measured_says_why(encoder, tmp_path):
    file = tmp_path / "pairs.json"
    file.write_text('[{"cue": "a", "target": "b", "paraphrase": "c"}]', "utf-8")
    with pytest.raises(ValueError, match=r"pairs.json must hold at least 5 pairs, got 1"):
        lab.run(file, encoder=encoder)
    with pytest.raises(ValueError, match="there is no file none"):
        lab.run("none", encoder=encoder)
    with pytest.raises(ValueError, match="largest must lie between 1 and 4,096, got 0"):
        lab.run(largest=0, encoder=encoder)


def test_the_number_of_threads_is_left_as_it_was(rows):
    lab.times(2 * lab.TURNS, 16, 0)
    assert torch.get_num_threads() == lab.EVERY
    with lab.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == lab.EVERY
