"""Specifies nuonuo/lab/speed.py."""

import math
import sys

import pytest
import torch

from nuonuo.lab import results, speed, timing

TIMED = ["recall", "associative", "chain6", "hopfield_1000x512", "batch256", "faiss_flat", "faiss_flat_batch", "numpy"]
OPERATIONS = [*TIMED, "links_bytes"]
FIELDS = ["operation", "ms", "vs_faiss_flat", "threads", "median_ms", "median_vs_faiss_flat", "search"]


@pytest.fixture(scope="module")
def rows():
    return speed.run(n=120, turns=2)


def test_every_operation_is_timed_beside_faiss(rows):
    assert [row["operation"] for row in rows] == OPERATIONS
    for row in rows[:-1]:
        assert list(row) == FIELDS
        assert row["ms"] <= row["median_ms"]
        assert 0 < row["ms"] < math.inf
        assert row["vs_faiss_flat"] > 0
        assert 1 <= row["threads"] <= torch.get_num_threads()
    assert rows[5]["vs_faiss_flat"] == rows[6]["vs_faiss_flat"] == 1


def test_the_links_are_weighed_not_timed(rows):
    memory = speed.linked(torch.eye(120), 0)
    per_link = 50 * 4 * 4  # cue and target winners, and where they are used, int32
    fixed = memory.bank.links().nbytes - 120 * per_link
    memory.close()
    assert rows[-1] == {"operation": "links_bytes", "ms": None, "vs_faiss_flat": None, "bytes": fixed + 120 * per_link}
    assert fixed + 20_000 * per_link < 32 * 2**20


def test_the_number_of_threads_is_left_as_it_was(rows):
    before = torch.get_num_threads()
    speed.run(n=100, turns=1)
    assert torch.get_num_threads() == before


def test_every_chain_timed_runs_its_six_hops():
    memory = speed.linked(speed.vectors(None, 100, torch.Generator().manual_seed(0), None, None), 0)
    links = memory.bank.links()
    for start in speed.whole_chains(links, 130, torch.Generator().manual_seed(0)):
        assert links.chain(start, 6, speed.power(3), threshold=0, floor=0).stop == "all 6 hops done"
    memory.close()


def test_the_least_disturbed_turn_counts_with_the_better_number_of_threads():
    timed = [
        timing.Timed("recall", 1, (3.0, 9.0, 4.0)),
        timing.Timed("recall", 2, (8.0, 2.0, 6.0)),
        timing.Timed("faiss_flat", 1, (2.0, 1.0, 3.0)),
        timing.Timed("faiss_flat", 2, (5.0, 5.0, 5.0)),
    ]
    assert [list(row.values()) for row in timing.rows(timed)] == [
        ["recall", 2.0, 2.0, 2, 6.0, 3.0],
        ["faiss_flat", 1.0, 1.0, 1, 2.0, 1.0],
    ]


def test_a_batch_is_held_against_a_batch():
    timed = [
        timing.Timed("batch256", 1, (30.0,)),
        timing.Timed("faiss_flat", 1, (1.0,)),
        timing.Timed("faiss_flat_batch", 1, (60.0,)),
    ]
    assert [row["vs_faiss_flat"] for row in timing.rows(timed)] == [0.5, 1.0, 1.0]


def test_what_got_slower_than_committed_is_named():
    made = [
        {"operation": "recall", "vs_faiss_flat": 1.29},
        {"operation": "chain6", "vs_faiss_flat": 1.4},
        {"operation": "new", "vs_faiss_flat": 9.0},
    ]
    known = [{"operation": name, "vs_faiss_flat": 1.0, "search": "full scan"} for name in ("recall", "chain6")]
    committed = results.made("speed", "", known)
    speed.compare(made[:1], committed, "full scan")
    with pytest.raises(ValueError, match=r"^slower than committed: chain6 takes 1.40 times FAISS, 1.00 is committed$"):
        speed.compare(made, committed, "full scan")
    for nothing, search in ((None, "full scan"), (committed, "8-bit codes")):
        with pytest.raises(ValueError, match=f"^there is nothing to check against: .* has no rows of a {search}$"):
            speed.compare(made, nothing, search)


def test_the_committed_table_has_every_operation():
    committed = results.shipped("speed")
    assert committed
    assert {row["operation"] for row in committed.rows} == set(OPERATIONS)


def test_texts_are_encoded_and_random_vectors_are_seeded(encoder, tmp_path, sample):
    file = tmp_path / "texts.txt"
    texts = [row["target"] for row in sample("facts")]
    file.write_text("\n".join(texts), "utf-8")
    generator = torch.Generator().manual_seed(0)
    torch.testing.assert_close(speed.vectors(file, 100, generator, encoder, None), encoder.encode(texts[:100]))
    one, again = (speed.vectors(None, 5, torch.Generator().manual_seed(4), None, None) for _ in range(2))
    assert torch.equal(one, again)
    torch.testing.assert_close(one.norm(dim=1), torch.ones(5))
    with pytest.raises(ValueError, match=rf"n must be at most {len(texts)}, the lines of .*texts\.txt, got 9999"):
        speed.run(file, 9999, encoder=encoder)


def test_progress_counts_the_turns():
    seen = []
    speed.run(n=100, turns=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_cannot_be_measured_says_why(monkeypatch):
    with pytest.raises(ValueError, match="n must lie between 100 and 200,000, got 99"):
        speed.run(n=99)
    with pytest.raises(ValueError, match="turns must lie between 1 and 100, got 0"):
        speed.run(n=100, turns=0)
    monkeypatch.setattr(speed, "whole_chains", lambda *_: pytest.fail("measured without FAISS"))
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ValueError, match="speed compares with FAISS, which is missing: pip install faiss-cpu"):
        speed.run(n=100)


def test_vectors_that_only_loop_have_no_chain_to_time():
    memory = speed.linked(torch.eye(4).repeat(30, 1), 0)
    with pytest.raises(ValueError, match="no chain of 6 hops runs to its end over these texts: all come back in loops"):
        speed.whole_chains(memory.bank.links(), 3, torch.Generator().manual_seed(0))
    memory.close()


def test_the_associative_recall_has_three_links_a_memory_and_words_to_share():
    X = speed.vectors(None, 200, torch.Generator().manual_seed(0), None, None)
    said = speed.texts(None, 200, 0)
    assert said == speed.texts(None, 200, 0)
    memory = speed.associated(X, said, 0)
    assert 590 <= len(memory.bank.reading.relations) <= 600  # a memory is tied twice to another at times
    trace = memory.recall(X[3], text=said[3])
    assert trace.answer.id == 4
    assert trace.answer.words > 0
    assert trace.terms.links == len(memory.bank.reading.relations)
    assert any(c.senders for c in trace.candidates)
    memory.close()
