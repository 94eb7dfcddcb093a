"""Specifies nuonuo/explain/spiking/encoder.py."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers

from nuonuo.explain.spiking.encoder import CODES, compare, integrate, poisson
from tests.conftest import unit

SEEDS = integers(0, 10_000)


@given(seed=SEEDS, steps=integers(1, 40), gain=floats(0.1, 8), start=floats(0, 0.99))
def test_without_clipping_integrate_and_fire_is_off_by_at_most_one_spike(seed, steps, gain, start):
    x = torch.rand(3, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1
    x = x / gain  # no current above 1
    error = (integrate(x, steps, gain, start=start).decoded[-1] - x).abs()
    assert (error <= 1 / (gain * steps) + 1e-6).all()
    half = (integrate(x, steps, gain).decoded[-1] - x).abs()
    assert (half <= 0.5 / (gain * steps) + 1e-6).all()


@given(seed=SEEDS, steps=integers(1, 40))
def test_it_is_first_order_sigma_delta_modulation(seed, steps):
    """The running count is the current's integral, quantised: n(t) = ⌊½ + I·t⌋."""
    x = torch.rand(1, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 0.9
    counts = integrate(x, steps, gain=1.0).spikes[..., :6].cumsum(0)
    t = torch.arange(1, steps + 1)[:, None, None]
    exact = 0.5 + x * t
    clear = (exact - exact.round()).abs() > 1e-9  # where rounding cannot decide
    assert ((counts == exact.floor()) | ~clear).all()


@given(steps=integers(1, 30), gain=floats(0.1, 16), leak=floats(0.1, 1), seed=SEEDS)
def test_silence_in_silence_out(steps, gain, leak, seed):
    silence = torch.zeros(2, 4)
    assert not integrate(silence, steps, gain, leak).spikes.any()
    assert not poisson(silence, steps, torch.Generator().manual_seed(seed), gain).spikes.any()
    assert not integrate(silence, steps).decoded.any()


@given(seed=SEEDS, leak=floats(0.5, 1))
def test_the_negative_embedding_swaps_on_and_off_cells(seed, leak):
    x = unit(2, 8, seed)
    on, off = integrate(x, 12, leak=leak).spikes.chunk(2, -1)
    other_on, other_off = integrate(-x, 12, leak=leak).spikes.chunk(2, -1)
    assert torch.equal(on, other_off)
    assert torch.equal(off, other_on)
    assert not (on.any(0) & off.any(0)).any()


def test_a_leaky_cell_below_its_threshold_current_never_fires():
    least = (1 - 0.9) / 4
    x = torch.tensor([[0.99 * least, 1.05 * least]])
    fired = integrate(x, 500, leak=0.9).spikes[..., :2].any(0)[0]
    assert fired.tolist() == [False, True]


def test_real_embeddings_survive_integrate_and_fire_and_less_so_a_leak(embeddings):
    assert len(embeddings) >= 100
    done = compare(embeddings, 64)
    exact, leaky, drawn = done.cosine
    assert exact[15] >= 0.99
    assert (leaky[15:] < exact[15:]).all()
    assert leaky[63] - leaky[31] < 0.005  # a plateau
    assert leaky[63] < 0.98
    assert drawn[15] == pytest.approx(0.92, abs=0.01)
    assert (done.spent[0] >= done.spent[1]).all()


def test_poisson_spikes_are_unbiased():
    x = torch.tensor([[0.2, -0.1, 0.0]])
    decoded = poisson(x, 40_000, torch.Generator().manual_seed(0)).decoded[-1]
    torch.testing.assert_close(decoded, x, atol=0.004, rtol=0)


def test_a_comparison_ends_early_as_one_made_so_short():
    x = unit(3, 16)
    whole, short = compare(x, 20, seed=2).until(7), compare(x, 7, seed=2)
    for code in range(len(CODES) - 1):
        assert torch.equal(whole.trains[code].spikes, short.trains[code].spikes)
        torch.testing.assert_close(whole.first(code), short.trains[code].decoded[-1, 0])
    torch.testing.assert_close(whole.cosine[:2], short.cosine[:2])
    expected = torch.cosine_similarity(short.trains[0].decoded, x[None], dim=-1).mean(1)
    torch.testing.assert_close(short.cosine[0], expected)


def test_it_stays_on_its_device(device):
    x = unit(2, 8).to(device)
    assert compare(x, 4).cosine.device.type == device


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"x": torch.ones(3)}, r"x must be finite and have shape \(n, d\), got shape \(3,\)"),
        ({"x": torch.full((1, 2), torch.nan)}, "x must be finite"),
        ({"steps": 0}, "steps must be >= 1, got 0"),
        ({"gain": 0.0}, "gain must be a finite number > 0, got 0.0"),
        ({"leak": 1.1}, r"leak must lie in \(0, 1\], got 1.1"),
        ({"start": 1.0}, r"start must lie in \[0, 1\), got 1.0"),
    ],
)
def test_what_cannot_be_encoded_says_why(change, rule):
    with pytest.raises(ValueError, match=rule):
        integrate(**{"x": torch.ones(1, 2), "steps": 3, **change})
