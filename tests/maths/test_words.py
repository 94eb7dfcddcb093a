"""Specifies nuonuo/maths/words.py."""

import logging
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import bm25s
import numpy as np
import pytest
import torch
from bm25s.stopwords import STOPWORDS_EN
from hypothesis import given
from hypothesis.strategies import builds, characters, integers, lists, permutations, sampled_from, text
from torch.testing import assert_close

from nuonuo.maths.words import STOPWORDS, Words, tokens

logging.getLogger("bm25s").setLevel(logging.WARNING)
SOME = ["fox", "dog", "the", "err_2041", "v1.7", "発", "窑炉一开就跳闸", "ร้านกาแฟ", "열쇠는", "!", "I", "Fox,", "naïve"]
TEXT = builds(" ".join, lists(sampled_from(SOME), max_size=8))
TEXTS = lists(TEXT, max_size=12)
RELEASES = [
    f"Release notes for v1.{n}: {what}" for n, what in enumerate(["new menu", "sign-in", "start", "dark theme"])
]
ERRORS = [f"Error E-{n} means the {what} is missing" for n, what in [(4011, "tray"), (4013, "lid"), (4017, "cable")]]
HAN = ["部署前先运行测试，然后发布", "发票周二已经寄出", "窑炉一开就跳闸", "備用鑰匙在第三個花盆下面"]
OTHERS = ["猫の餌は朝七時", "열쇠는 세 번째 화분 아래에 있다", "ร้านกาแฟเปิดเจ็ดโมงเช้า", "The kiln trips the breaker"]
NAMES = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA", "HANGUL SYL", "THAI", "LAO", "KHMER", "MYANMAR")
LETTERS = [c for c in map(chr, range(0xE00, 0x30000)) if unicodedata.name(c, "").startswith(NAMES) and c.isalpha()]


def oracle(texts, query):
    """The scores as bm25s computes them, from the same words."""
    split = [tokens(one) for one in texts]
    if not any(split):
        return torch.zeros(len(texts))
    engine = bm25s.BM25(k1=1.5, b=0.75, method="lucene", dtype="float64", backend="numpy")
    engine.index(split, show_progress=False)
    return torch.from_numpy(engine.get_scores_from_ids(engine.get_tokens_ids(tokens(query)))).float()


def same(one, other, query):
    """Whether two give every text the same score, bit for bit."""
    return one.n == other.n and torch.equal(one.scores(query), other.scores(query))


def first(texts, query):
    """The text with the highest score, which no other has."""
    best, second = Words.of(texts).scores(query).topk(2)[0].tolist()
    assert best > second
    return texts[int(Words.of(texts).scores(query).argmax())]


@given(text(alphabet=characters(max_codepoint=0x17F)))
def test_words_of_a_latin_text_without_numbers_with_dots_are_those_of_bm25s(some):
    some = some.replace(".", " ")
    (theirs,) = bm25s.tokenize([some], stopwords="english", return_ids=False, show_progress=False)
    assert tokens(some) == theirs


def test_stopwords_are_lucenes():
    assert set(STOPWORDS_EN) == STOPWORDS


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        ("ERR_2041 at /var/log", ["err_2041", "var", "log"]),
        ("v1.2, E-4013", ["v1", "4013", "v1.2"]),
        ("from 3.14.0 to 10.5.", ["from", "14", "10", "3.14.0", "10.5"]),
        ("at 10 a.m. on foo.py", ["10", "foo", "py"]),
        ("发票", ["发票"]),
        ("发票v1.2寄出", ["v1", "v1.2", "发票", "寄出"]),
        ("一", ["一"]),
        ("猫の餌、犬", ["猫の", "の餌", "犬"]),
        ("コーヒー・ﾊﾟﾝ", ["コー", "ーヒ", "ヒー", "ﾊﾟ", "ﾟﾝ"]),
        ("열쇠는 세", ["열쇠", "쇠는", "세"]),
        ("ร้าน", ["ร้", "้า", "าน"]),
        ("the a ! I", []),
        ("", []),
    ],
)
def test_words_are_runs_of_letters_numbers_with_dots_and_pairs_of_characters(some, expected):
    assert tokens(some) == expected


@given(sampled_from(LETTERS), integers(1, 5))
def test_scripts_without_spaces_are_read_by_pairs(character, length):
    assert tokens(f"ab{character * length}12") == ["ab", "12", *[(character * 2)[:length]] * max(length - 1, 1)]


def test_every_letter_of_these_scripts_is_read_so():
    assert [c for c in LETTERS if tokens(c * 3) != [c * 2] * 2] == []


@given(TEXTS, TEXT)
def test_scores_are_those_of_bm25s(texts, query):
    assert_close(Words.of(texts).scores(query), oracle(texts, query), atol=1e-5, rtol=0)


@pytest.mark.parametrize("bank", ["facts", "stories"])
def test_scores_of_real_texts_are_those_of_bm25s(sample, bank):
    rows = sample(bank)
    texts = [row["target"] for row in rows]
    words = Words.of(texts)
    for row in rows[:40]:
        scores = words.scores(row["cue"])
        assert_close(scores, oracle(texts, row["cue"]), atol=1e-5, rtol=0)


def test_scores_are_those_of_the_formula_written_out():
    texts = ["red bicycle in red shed", "blue bicycle", "bread", ""]  # of 4, 2, 1 and no words: 1.75 on average
    weigh = lambda f, size: f / (f + 1.5 * (0.25 + 0.75 * size / 1.75))  # noqa: E731
    red, bicycle = np.log(1 + 3.5 / 1.5), np.log(1 + 2.5 / 2.5)
    expected = [red * weigh(2, 4) + 2 * bicycle * weigh(1, 4), 2 * bicycle * weigh(1, 2), 0, 0]
    assert_close(Words.of(texts).scores("Red bicycle, bicycle?"), torch.tensor(expected, dtype=torch.float32))


@given(TEXTS, TEXT)
def test_a_score_is_above_nothing_where_a_word_is_shared_and_only_there(texts, query):
    shared = [bool(set(tokens(one)) & set(tokens(query))) for one in texts]
    assert (Words.of(texts).scores(query) > 0).tolist() == shared


@pytest.mark.parametrize("texts", [[], [""], ["the", "?"], ["fox", "the fox"]])
@pytest.mark.parametrize("query", ["", "the a", "unicorn", "!"])
def test_a_query_of_stopwords_or_unknown_words_finds_nothing(texts, query):
    assert torch.equal(Words.of(texts).scores(query), torch.zeros(len(texts)))


@given(TEXTS, TEXTS, lists(TEXT, min_size=1, max_size=4))
def test_words_of_more_texts_are_those_of_all_read_at_once(texts, more, queries):
    words = Words.of(texts)
    words.scores(queries[0])  # what it has made must not come along
    appended = words.append(more)
    for query in queries:
        assert same(appended, Words.of(texts + more), query)
        assert same(words, Words.of(texts), query)  # it has not changed


@given(TEXTS, integers(0, 2**12 - 1), TEXT)
def test_words_of_some_texts_are_those_of_these_read_anew(texts, bits, query):
    mask = [bool(bits >> i & 1) for i in range(len(texts))]
    kept = [one for one, keep in zip(texts, mask, strict=True) if keep]
    assert same(Words.of(texts).keep(torch.tensor(mask, dtype=torch.bool)), Words.of(kept), query)


@given(TEXTS, integers(0, 12), integers(0, 12), TEXTS, TEXT)
def test_words_with_other_texts_in_a_place_are_those_of_the_result_read_anew(texts, first, count, new, query):
    first = min(first, len(texts))
    after = min(first + count, len(texts))
    replaced = Words.of(texts).replace(first, after, new)
    assert same(replaced, Words.of(texts[:first] + new + texts[after:]), query)


@given(TEXTS.flatmap(lambda texts: permutations(range(len(texts))).map(lambda order: (texts, order))), TEXT)
def test_another_order_of_the_texts_orders_the_scores(both, query):
    texts, order = both
    moved = Words.of([texts[i] for i in order]).scores(query)
    assert torch.equal(moved, Words.of(texts).scores(query)[torch.tensor(order, dtype=torch.long)])


@given(TEXTS, lists(TEXT, max_size=5))
def test_a_batch_is_its_queries_one_by_one(texts, queries):
    words = Words.of(texts)
    batch = words.batch(queries)
    assert batch.shape == (len(queries), len(texts))
    assert all(torch.equal(row, words.scores(query)) for row, query in zip(batch, queries, strict=True))


@pytest.mark.parametrize(
    ("texts", "query", "expected"),
    [
        (RELEASES, "What was in v1.1?", RELEASES[1]),
        (ERRORS, "What does E-4013 mean?", ERRORS[1]),
        (["ERR_2041: no disk", "ERR_2042: no tape"], "what is err_2042", "ERR_2042: no tape"),
        (HAN + OTHERS, "发票什么时候寄的？", HAN[1]),
        (HAN + OTHERS, "窑炉为什么跳闸", HAN[2]),
        (HAN + OTHERS, "猫の餌はいつ？", OTHERS[0]),
        (HAN + OTHERS, "열쇠가 어디 있어? 화분?", OTHERS[1]),
        (HAN + OTHERS, "ร้านกาแฟเปิดกี่โมง", OTHERS[2]),
    ],
)
def test_identifiers_and_scripts_without_spaces_are_found(texts, query, expected):
    assert first(texts, query) == expected


def test_words_of_no_texts_are_not_taken_for_none():
    assert bool(Words.of([]))
    assert same(Words.of([]).append(HAN), Words.of(HAN), HAN[0])


def test_scores_are_on_the_device(device):
    words = Words.of(["a fox", "a dog"], device).append(["fox"])
    for made in (words, words.keep(torch.ones(3, dtype=torch.bool, device=device)), words.replace(0, 1, ["fox"])):
        assert made.scores("fox").device.type == made.batch(["fox"]).device.type == device
        assert made.scores("fox").dtype == torch.float32


def test_its_bytes_are_those_of_its_arrays():
    words = Words.of(["fox dog fox", "dog"])  # 2 texts with 3 entries of 2 words
    assert words.nbytes == 4 * (2 + 2 + 3 + 3)
    words.scores("fox")
    assert words.nbytes == 4 * (2 + 2 + 3 + 3) + 8 * 3 + 8 * 3 + 4 * 3


def test_threads_may_add_to_the_same_words():
    words = Words.of(["fox"])
    parts = [[f"fox w{(n * 7 + part) % 500}x" for n in range(500)] for part in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(words.append, parts))
    assert sorted(words.vocabulary.values()) == list(range(501))
    assert all(same(one, Words.of(["fox", *part]), "w7x fox") for one, part in zip(made, parts, strict=True))


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(ValueError, match="mask must have one entry for each of 2 texts, got 3"):
        Words.of(["a", "b"]).keep(torch.ones(3, dtype=torch.bool))


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (1, 0), (0, 3)])
def test_a_place_that_is_not_there_is_refused(start, end):
    with pytest.raises(ValueError, match=f"texts {start} to {end} of 2: 0 <= first <= after <= n must hold"):
        Words.of(["a", "b"]).replace(start, end, [])
