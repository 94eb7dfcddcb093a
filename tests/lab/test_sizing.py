"""Specifies nuonuo/lab/sizing.py and the table of docs/scaling.md."""

import re
import sys
from pathlib import Path

import pytest

from nuonuo.lab import sizing

DOC = Path(__file__).parents[2] / "docs" / "scaling.md"
NOT_SAME_EVERYWHERE = {"bank's file", "collection of Milvus Lite", "resident memory", "vocabulary", "texts", "together"}


@pytest.fixture(scope="module")
def rows():
    pytest.importorskip("milvus_lite")
    return sizing.run(largest=2_000)


@pytest.fixture(scope="module")
def written():
    """The table of the page, {(where, part): (at 2,000, at 20,000, GB at 10⁸)}, and which rows it says are computed."""
    found, computed = {}, set()
    for line in DOC.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and re.fullmatch(r"[\d,.]+", cells[2]):
            key = cells[0], cells[1].removesuffix(" (computed)")
            found[key] = tuple(float(cell.replace(",", "")) for cell in cells[2:])
            if cells[1].endswith(" (computed)"):
                computed.add(key)
    return found, computed


def test_every_row_says_whether_it_was_measured(rows):
    assert [row["memories"] for row in rows] == sorted(row["memories"] for row in rows)
    assert {row["memories"] for row in rows} == {20, 200, 2_000, *sizing.COMPUTED}
    for row in rows:
        counted = row["memories"] in sizing.COMPUTED or row["where"].startswith("cluster")
        assert row["how"] == ("computed" if counted else "measured")
        assert row["gigabytes"] == pytest.approx(row["bytes_a_memory"] * row["memories"] / 1e9)
    for where in ("memory", "cluster's memory", "cluster's disk"):
        own = {row["part"]: row["gigabytes"] for row in rows if (row["where"], row["memories"]) == (where, 10**8)}
        assert own.pop("together") == pytest.approx(sum(own.values()))


def test_arrays_are_weighed_as_they_must_be(rows):
    parts = {row["part"]: row["bytes_a_memory"] for row in rows if (row["where"], row["memories"]) == ("memory", 2_000)}
    assert parts["keys"] == 384 * 4
    assert parts["8-bit codes of the keys"] == 384
    assert parts["embeddings"] == 4 * 384 * 4  # cue and target, as tensors and in the records
    assert parts["WTA codes"] == 2 * 50 * 4
    assert parts["postings of the WTA codes"] == pytest.approx(50 * 4 + 16_384 * 16 / 2_000)
    disk = {row["part"]: row["bytes_a_memory"] for row in rows if (row["where"], row["memories"]) == ("disk", 2_000)}
    assert all(size > 2 * 384 * 4 for size in disk.values())  # two embeddings; or key, code and words


def test_what_is_computed_lies_on_the_line_and_the_vocabulary_on_a_power():
    key, line = ("memory", sizing.VOCABULARY), ("memory", "keys")
    found = {100: {key: 100.0, line: 1_000.0}, 400: {key: 200.0, line: 2_500.0}}
    parts = sizing.computed(found, 10_000)
    assert parts[line] == pytest.approx(500 + 5 * 10_000)
    assert parts[key] == pytest.approx(10 * 10_000**0.5)


def test_the_page_says_what_the_command_prints(rows, written):
    table, computed = written
    printed = {(r["where"], r["part"]): r for r in rows if r["memories"] == 2_000}
    assert set(table) == set(printed)
    assert computed == {key for key, row in printed.items() if row["how"] == "computed"}
    for key, (at_2000, *_) in table.items():
        if key[0].startswith("cluster") or key[1] not in NOT_SAME_EVERYWHERE:
            assert at_2000 == pytest.approx(printed[key]["bytes_a_memory"], abs=0.06), key


def test_the_last_column_of_the_page_follows_from_the_others(written):
    table, _ = written
    sums = {key for key in table if key[1] == "together"}
    found = {
        n: {key: row[i] * n for key, row in table.items() if key not in sums} for i, n in enumerate((2_000, 20_000))
    }
    parts = sizing.computed(found, 10**8)
    for key, (*_, gigabytes) in table.items():
        size = sum(parts[k] for k in parts if k[0] == key[0]) if key in sums else parts[key]
        assert size / 1e9 == pytest.approx(gigabytes, abs=0.1), key


def test_progress_counts_the_sizes_and_a_missing_milvus_leaves_its_row_out(monkeypatch, tmp_path):
    monkeypatch.setattr(sizing, "find_spec", lambda name: None)
    file, seen = tmp_path / "texts.txt", []
    file.write_text("".join(f"memory {i} of the kiln\n" for i in range(200)), "utf-8")
    rows = sizing.run(file, 200, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert "collection of Milvus Lite" not in {row["part"] for row in rows}
    assert ("process" in {row["where"] for row in rows}) is (sys.platform == "linux")
    with pytest.raises(ValueError, match=r"largest must be at most 200, the lines of .*texts\.txt, got 300"):
        sizing.run(file, 300)
    with pytest.raises(ValueError, match=r"^largest must lie between 200 and 200,000, got 100$"):
        sizing.run(largest=100)
