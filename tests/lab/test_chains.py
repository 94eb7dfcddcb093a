"""Specifies nuonuo/lab/chains.py."""

import json
from itertools import pairwise, product

import pytest
import torch

from nuonuo import Memory
from nuonuo.lab import chains
from nuonuo.maths import codes
from nuonuo.memory.records import record
from nuonuo.systems.lineup import NEAREST

LINKS = 79
FIELDS = ["system", "keys", "separation", "parameter", "links", "hop", "cosine", "low", "high", "n", "starts"]
FIELDS += ["went_wrong", "ambiguous"]


@pytest.fixture(scope="module")
def texts():
    """Eighty sentences that are hard to tell apart, in a seeded order."""
    pets, towns = ["cat", "dog", "horse", "parrot"], ["Rome", "Oslo", "Lima", "Cairo", "Delhi"]
    kin = ["mother", "sister", "uncle", "cousin"]
    made = [f"I have a {p} and I live in {t}. My {k} is a teacher." for p, t, k in product(pets, towns, kin)]
    return [made[i] for i in torch.randperm(len(made), generator=torch.Generator().manual_seed(0)).tolist()]


@pytest.fixture(scope="module")
def rows(texts, encoder, tmp_path_factory):
    """What the experiment says of them."""
    file = tmp_path_factory.mktemp("chains") / "texts.txt"
    file.write_text("\n".join(texts), "utf-8")
    return chains.run(file, encoder=encoder)


@pytest.mark.parametrize("keys", ["raw", "whitened"])
def test_linear_rows_are_those_of_a_dense_w(rows, texts, encoder, keys):
    memory = Memory(None, encoder, **chains.KEYS[keys])
    memory.add_many([record(a, b) for a, b in pairwise(texts)])
    links = memory.bank.links()
    used, cues = links.cues.unique(return_inverse=True)  # W's other columns are all zero
    W = torch.zeros(links.units, len(used))
    for cue, target in zip(cues, links.targets.long(), strict=True):
        W[target[:, None], cue] += 1
    cosines = torch.zeros(LINKS - 5, 6)
    for start in range(LINKS - 5):
        code = links.cues[start]
        for hop in range(6):
            code = codes.wta(W @ torch.isin(used, code).float())
            cosines[start, hop] = torch.isin(code, links.targets[start + hop]).sum() / 50
    found = [row["cosine"] for row in rows if (row["keys"], row["separation"]) == (keys, "linear")]
    assert found == pytest.approx(cosines.mean(0).tolist(), abs=1e-6)
    assert found[0] < 0.6  # crosstalk: this is no comparison of perfect chains
    memory.close()


def test_rows_name_their_settings_and_every_hop(rows):
    assert all(list(row) == FIELDS for row in rows)
    names = [(r["keys"], r["separation"], r["parameter"], r["hop"]) for r in rows if r["system"] != NEAREST]
    assert [row["hop"] for row in rows if row["system"] == NEAREST] == [1, 2, 3, 4, 5, 6]
    kinds = [("linear", None), ("power", 3), ("softmax", 8)]
    assert names == [(k, s, p, h) for k in ("raw", "whitened") for s, p in kinds for h in range(1, 7)]
    assert {(row["links"], row["starts"]) for row in rows} == {(LINKS, LINKS - 5)}


def test_softmax_carries_six_hops_where_linear_links_drown(rows):
    at_six = {(row["keys"], row["separation"]): row["cosine"] for row in rows if row["hop"] == 6}
    for keys in ("raw", "whitened"):
        assert at_six[keys, "linear"] < 0.5
        assert at_six[keys, "softmax"] > 0.95


def test_nearest_neighbour_never_strays_between_texts_that_differ(rows):
    assert [row["cosine"] for row in rows if row["system"] == NEAREST] == [1] * 6


def test_what_is_finished_is_kept_and_more_exponents_are_more_rows(texts, encoder, tmp_path):
    file, kept = tmp_path / "texts.txt", []
    file.write_text("\n".join(texts))
    rows = chains.run(file, 20, starts=2, exponents=True, encoder=encoder, keep=lambda some: kept.append(len(some)))
    assert kept == list(range(6, len(rows) + 1, 6))
    assert {row["keys"] for row in rows} == {"raw", "whitened", "whitened 0.75", "whitened 1"}
    with pytest.raises(ValueError, match="starts must lie between 1 and 2,000, got 0"):
        chains.run(file, starts=0, encoder=encoder)


def test_the_projects_own_sentences_are_taken_without_a_file(encoder):
    rows = chains.run(encoder=encoder, **chains.SMALL)
    assert {row["links"] for row in rows} == {chains.SMALL["links"]}
    with pytest.raises(
        ValueError, match=r"links must lie between 6 and \d+, which the project's sentences hold, got 40000"
    ):
        chains.run(links=40_000, encoder=encoder)


def test_a_chain_goes_wrong_once_and_ambiguity_is_a_share(rows):
    for keys in ("raw", "whitened"):
        for separation in ("linear", "power", "softmax"):
            some = [row for row in rows if (row["keys"], row["separation"]) == (keys, separation)]
            assert sum(row["went_wrong"] for row in some) <= LINKS - 5
            assert all((row["ambiguous"] is None) == (row["went_wrong"] == 0) for row in some)
            assert all(row["ambiguous"] is None or 0 <= row["ambiguous"] <= 1 for row in some)


def test_two_futures_of_one_text_are_ambiguous(encoder, tmp_path):
    file = tmp_path / "twice.txt"
    lines = ["Tea", "The kettle boils", "A cup", "Milk", "Sugar", "A spoon"]
    lines += ["Tea", "The ferry leaves at noon", "Rain", "A pier", "Gulls", "Salt", "Rope"]
    file.write_text("\n".join(lines))
    rows = chains.run(file, encoder=encoder)
    wrong = [row for row in rows if row["keys"] == "whitened" and row["separation"] == "power" and row["went_wrong"]]
    assert wrong
    assert all(row["ambiguous"] == 1 for row in wrong)


def test_the_sample_of_starts_is_seeded(encoder, tmp_path, texts):
    file = tmp_path / "texts.txt"
    file.write_text("\n".join(texts))
    one, again, other = (chains.run(file, starts=3, seed=seed, encoder=encoder) for seed in (1, 1, 2))
    assert one == again != other
    assert {row["starts"] for row in one} == {3}


def test_links_of_locomo_stay_within_a_conversation(encoder, tmp_path, texts):
    talks = [texts[:9], texts[9:20]]
    samples = [
        {
            "sample_id": str(i),
            "conversation": {
                "session_1": [{"speaker": "A", "text": t, "dia_id": f"D1:{j}"} for j, t in enumerate(talk)]
            },
            "observation": {},
            "qa": [],
        }
        for i, talk in enumerate(talks)
    ]
    file, seen = tmp_path / "talk.json", []
    file.write_text(json.dumps(samples))
    rows = chains.run(file, encoder=encoder, progress=lambda done, total: seen.append((done, total)))
    assert {(row["links"], row["starts"]) for row in rows} == {(8 + 10, 3 + 5)}
    assert seen[-1] == (20 + 7 * 8, 20 + 7 * 8)
    assert {(row["links"], row["starts"]) for row in chains.run(file, 14, encoder=encoder)} == {(14, 3 + 1)}


def test_too_few_or_too_many_links_are_refused(encoder, tmp_path, texts):
    file = tmp_path / "texts.txt"
    file.write_text("\n".join(texts))
    for links, most in ((0, "50,000"), (5, "50,000"), (LINKS + 1, r"79, which .*texts\.txt holds")):
        with pytest.raises(ValueError, match=rf"links must lie between 6 and {most}, got {links}$"):
            chains.run(file, links, encoder=encoder)
    with pytest.raises(ValueError, match=r"there is no file .*none\.txt"):
        chains.run(tmp_path / "none.txt", encoder=encoder)
    talk = lambda n: [{"speaker": "A", "text": t, "dia_id": f"D1:{j}"} for j, t in enumerate(texts[:n])]  # noqa: E731
    short = [{"sample_id": "x", "conversation": {"session_1": talk(5)}, "observation": {}, "qa": []}] * 2
    (tmp_path / "short.json").write_text(json.dumps(short))
    with pytest.raises(ValueError, match=r"short\.json must hold a run of 6 links, got none"):
        chains.run(tmp_path / "short.json", encoder=encoder)
