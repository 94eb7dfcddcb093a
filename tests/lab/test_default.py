"""Specifies that words and links cost nothing where meaning alone was enough: the samples, alone and in a crowd."""

from contextlib import closing
from pathlib import Path

import pytest

from nuonuo import Memory
from nuonuo.lab.ablation import differing
from nuonuo.lab.material import consecutive, read_lines, read_pairs, sample, templated
from nuonuo.lab.ranking import asked, by_asking, places, recall
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import record

DATA = Path(__file__).parents[3] / "shared" / "data"
SENTENCES, PAIRS = DATA / "sentences-20k.txt", DATA / "ten-pairs.json"


def difference(pairs, others, encoder):
    """recall@1 of the default minus that of meaning alone, over the paraphrases of pairs stored among others."""
    with closing(Memory(encoder=encoder)) as memory:
        ids = memory.add_many([record(p.cue, p.target) for p in [*pairs, *others]])
        texts = [(text, i) for i, p in zip(ids, pairs, strict=False) for text in p.paraphrases]
        questions = asked(memory, [text for text, _ in texts], [(frozenset({i}),) for _, i in texts])
        new, old = (places(memory.bank, questions, by_asking(how)) for how in (Asking(), Asking().alone))
    return differing([recall(a, 1) - recall(b, 1) for a, b in zip(new, old, strict=True)])


@pytest.mark.parametrize("name", ["facts", "support", "confusable"])
def test_a_sample_loses_nothing_by_words_and_links(name, encoder):
    found = difference(sample(name), [], encoder)
    assert found["high"] >= 0, found
    assert found["difference"] > -0.05, found


@pytest.mark.slow
@pytest.mark.skipif(not SENTENCES.is_file(), reason=f"needs real sentences as {SENTENCES}")
@pytest.mark.parametrize("name", ["facts", "support"])
def test_a_sample_among_a_thousand_sentences_loses_nothing_either(name, encoder):
    found = difference(sample(name), consecutive(read_lines(SENTENCES)[:1_001]), encoder)
    assert found["high"] >= 0, found
    assert found["difference"] > -0.05, found


@pytest.mark.skipif(not PAIRS.is_file(), reason=f"needs the prototype's ten pairs as {PAIRS}")
@pytest.mark.parametrize("n", [0, 100, 1_000])
def test_the_ten_pairs_lose_nothing_among_the_backgrounds_of_the_lab(n, encoder):
    found = difference(read_pairs(PAIRS), templated(n), encoder)
    assert found["high"] >= 0, found
    assert found["difference"] >= (0 if n < 1_000 else -0.1), found  # one is lost to a "need" that only its rival has
