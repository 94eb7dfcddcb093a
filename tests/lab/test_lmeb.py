"""Specifies nuonuo/lab/lmeb.py over a small file of our own in LoCoMo's form."""

import json

import pytest

from nuonuo.lab import lmeb


def talk(name, *said, qa=()):
    turns = [{"speaker": who, "dia_id": f"D1:{n}", "text": text} for n, (who, text) in enumerate(said, 1)]
    return {
        "sample_id": name,
        "conversation": {"session_1_date_time": "1:56 pm on 8 May, 2023", "session_1": turns},
        "qa": [{"question": q, "evidence": evidence, "category": kind} for q, evidence, kind in qa],
    }


FILLERS = [(who, f"{what} was fine.") for who in ("Ann", "Bo") for what in ("Lunch", "Rain", "The bus", "Tea", "Work")]
ASKED = [
    ("What did Ann adopt?", ["D1:1"], 4),
    ("Which two instruments does Bo play?", ["D1:2; D1:3"], 1),
    ("When?", ["D1:2"], 2),  # temporal: no part of these rows
    ("Never said?", ["D9:9"], 4),  # its evidence is no turn
]


@pytest.fixture
def file(tmp_path):
    first = [("Ann", "I adopted a grey parrot."), ("Bo", "I play the cello."), ("Bo", "I play the drums too.")]
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([talk("a", *first, *FILLERS, qa=ASKED), talk("b", *FILLERS)]))
    return path


def test_each_way_of_writing_and_each_pool_is_measured_beside_the_published_value(file, encoder):
    rows = lmeb.run(file, encoder=encoder)
    assert len(rows) == len(lmeb.WAYS) * len(lmeb.POOLS) * 2
    by = {(row["text"], row["among"], row["task"]): row for row in rows}
    one = by["speaker: text", "its conversation", "single-hop"]
    assert (one["recall@10"], one["any@10"], one["n"]) == (1, 1, 1)
    assert one["difference"] == pytest.approx(1 - 0.539)
    assert (one["near"], one["conversations"]) == ("no", "2 of 10")
    assert by["text", "all conversations", "multi-hop"]["recall@10"] == 1  # both turns, named in one string
    assert by["text", "all conversations", "multi-hop"]["published"] == 0.290
    gaps = [max(abs(row["difference"]) for row in rows[i : i + 2]) for i in range(0, len(rows), 2)]
    assert gaps == sorted(gaps)


def test_a_turn_is_written_in_each_way():
    turn = lmeb.Turn("D1:1", "Ann", "Look!", "a parrot", "8 May")
    assert {name: way(turn) for name, way in lmeb.WAYS.items()} == {
        "text": "Look!",
        "text caption": "Look! a parrot",
        "speaker: text": "Ann: Look!",
        "speaker: text caption": "Ann: Look! a parrot",
        "date text": "8 May Look!",
        "date speaker: text": "8 May Ann: Look!",
        "date speaker: text caption": "8 May Ann: Look! a parrot",
        'speaker said, "text" and shared caption': 'Ann said, "Look!" and shared a parrot',
    }


def test_a_wrong_file_is_one_sentence(tmp_path, encoder):
    with pytest.raises(ValueError, match=r"there is no file .*gone\.json; LoCoMo is"):
        lmeb.run(tmp_path / "gone.json", encoder)
    (tmp_path / "x.json").write_text('[{"a": 1}]')
    with pytest.raises(ValueError, match=r"x\.json must be a LoCoMo file: get"):
        lmeb.run(tmp_path / "x.json", encoder)
    (tmp_path / "x.json").write_text(json.dumps([talk("a", *FILLERS)]))
    with pytest.raises(ValueError, match="holds no question of categories 1 and 4"):
        lmeb.run(tmp_path / "x.json", encoder)
