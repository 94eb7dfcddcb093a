"""Specifies nuonuo/explain/toys/pictures.py and retrieval.py: shipped pictures, damage, and what becomes of one."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nuonuo.explain.toys import pictures
from nuonuo.explain.toys.classical import interaction
from nuonuo.explain.toys.rests import Kind
from nuonuo.explain.toys.retrieval import Damage, mixture_drawing, retrieve

N = pictures.PIXELS


def test_twenty_different_pictures_of_ink_and_paper():
    every = pictures.pictures()
    assert every.shape == (len(pictures.NAMES), N) == (20, 784)
    assert set(every.unique().tolist()) == {-1.0, 1.0}
    far = torch.cdist(every, every, p=0) + 1e9 * torch.eye(20)
    assert far.min() > 0.1 * N


@given(st.lists(st.booleans(), min_size=N, max_size=N))
def test_a_drawing_reads_as_it_is_spelled(turned):
    turned = torch.tensor(turned)
    text = pictures.spelled(turned)
    assert torch.equal(pictures.bits(text), turned)
    assert (text == "") == (not turned.any())


@pytest.mark.parametrize("text", ["0", "g" * 196, "A" * 196, "0" * 195])
def test_another_text_is_no_drawing(text):
    with pytest.raises(ValueError, match="a drawing must be 196 hexadecimal digits, or none"):
        pictures.bits(text)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_damage_turns_its_share_hides_the_lower_half_and_takes_the_drawing(share):
    picture = pictures.pictures()[0]
    shown = pictures.damaged(picture, share, False, "", 3)
    assert int((shown != picture).sum()) == round(share * N)
    assert torch.equal(shown, pictures.damaged(picture, share, False, "", 3))
    assert (pictures.damaged(picture, 0.0, True, "", 0)[N // 2 :] == -1).all()
    turned = torch.arange(N) % 5 == 0
    assert torch.equal(pictures.damaged(picture, share, False, pictures.spelled(turned), 3) != shown, turned)


def test_what_is_stored_and_undamaged_stays_and_nearest_neighbour_finds_it():
    for name in ("power2", "power4", "exponential", "lse"):
        done = retrieve(interaction(name, 0.036), 1, 0, Damage())
        assert done.rest.kind is Kind.PATTERN
        assert (done.wrong, done.sweeps, done.nearest, done.back, done.found) == (0, 0, 0, (True,), (True,))


def test_1982_loses_what_the_exponential_brings_back_and_the_words_say_the_damage():
    damage = Damage(0.1, seed=0)
    old, new = (retrieve(interaction(name), 20, 0, damage) for name in ("power2", "exponential"))
    assert sum(old.back) < 3
    assert all(new.back)
    assert new.wrong == 0
    assert all(old.found)
    assert damage.words == "10% of its pixels turned"
    assert Damage(0.2, True, "8" + "0" * 195).words == (
        "its lower half hidden and 20% of its pixels turned and 1 pixel drawn by hand"
    )
    assert Damage().words == "undamaged"


def test_the_drawing_of_a_mixture_makes_one_that_1982_takes_for_a_memory():
    done = retrieve(interaction("power2"), 3, 0, Damage(drawing=mixture_drawing(0, (0, 1, 2), Damage())))
    every = pictures.pictures()[:3]
    assert torch.equal(done.shown, every.sum(0).sign())
    assert done.rest.kind is Kind.MIXTURE
    assert sorted(done.rest.of) == [0, 1, 2]


@pytest.mark.parametrize(
    ("stored", "original", "says"),
    [
        (0, 0, "stored must lie between 1 and 20, got 0"),
        (21, 0, "stored must lie between 1 and 20, got 21"),
        (3, 3, "original must lie between 0 and 2, got 3"),
    ],
)
def test_pictures_that_there_are_not_are_refused(stored, original, says):
    with pytest.raises(ValueError, match=says):
        retrieve(interaction("power2"), stored, original, Damage())
