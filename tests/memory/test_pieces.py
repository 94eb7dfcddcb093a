"""Specifies nuonuo/memory/pieces.py with the real tokenizer."""

from hypothesis import given, settings
from hypothesis.strategies import integers

from nuonuo.memory.pieces import Pieces, parts

SENTENCE = "The kettle descales with vinegar on a cold morning in March. "


def test_a_text_is_cut_where_the_model_stops_reading(encoder):
    short, long = encoder.pieces.count(["The kettle descales", SENTENCE * 40])
    assert (short.cut, short.unread) == (False, 0.0)
    assert long.limit == encoder.pieces.limit == 254
    assert long.cut
    assert long.unread == (long.pieces - 254) / long.pieces


def test_what_the_model_does_not_know_is_counted(encoder):
    known, unknown = encoder.pieces.count(["The fuse box is below the stairs", "窑炉一开就跳闸"])
    assert known.strange == 0
    assert unknown.strange > 0.5


@settings(max_examples=15)
@given(sentences=integers(1, 60), limit=integers(8, 254))
def test_every_part_is_read_whole_and_no_word_is_lost(encoder, sentences, limit):
    pieces = Pieces(encoder.pieces.tokenizer, limit)
    text = " ".join(f"{SENTENCE.strip()} Number {n}." for n in range(sentences))
    made = parts(text, pieces)
    assert " ".join(made).split() == text.split()
    assert not any(one.cut for one in pieces.count(made))


def test_a_long_word_without_a_blank_is_broken_all_the_same(encoder):
    pieces = Pieces(encoder.pieces.tokenizer, 16)
    made = parts("x" * 400, pieces)
    assert "".join(made) == "x" * 400
    assert not any(one.cut for one in pieces.count(made))
