"""Digits on the settling page: damage a stored picture and watch it complete itself, or fail to."""

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Noise
from nuonuo.explain.settling.digits import Completion, Tally, complete, store, tally, total
from nuonuo.figures import digits as figures
from nuonuo.latex import settling as landscape_formula
from nuonuo.maths.intervals import paired
from nuonuo.studio.shell import controls, equations
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import counted

TRIES = {
    "Half a picture completes itself": {"digit_beta": 24.0, "covered": 4, "digits": 50, "digit": 1, "pixel": 0.0},
    "β = 5: an average of many": {"digit_beta": 5.0, "covered": 4, "digits": 50, "digit": 1, "pixel": 0.0},
    "6 of 8 rows hidden: another digit": {"digit_beta": 64.0, "covered": 6, "digits": 200, "digit": 14, "pixel": 0.0},
}


def show() -> go.Figure:
    """The whole section, and its figure; its settings and the seed are in the address like all others."""
    s = st.session_state
    st.subheader("The same equation completes a picture")
    s.digit = min(s.digit, s.digits)
    done, tallied, row = _damaged(s.digits, s.digit - 1, s.covered, s.pixel, s.seed, s.digit_beta)
    st.markdown(_sentence(done))
    plot(row, "picture", figures.row_words(done))
    left, right = st.columns(2, gap="large")
    with left:
        controls.beta_slider("digit_beta", " of the pictures")
    right.slider("Rows of the picture hidden", 0, 7, key="covered")
    with st.expander(
        f"{s.digits:,} pictures stored, picture {s.digit} damaged, noise σ = {s.pixel:g}, seed {s.seed}",
        key="digit_settings",
    ):
        one, two, three = st.columns(3)
        one.slider("Pictures stored", 2, total(), key="digits")
        two.number_input("Picture to damage", 1, s.digits, key="digit")
        three.slider("Pixel noise σ", 0.0, 3.0, step=0.1, key="pixel")
        st.caption(
            f"8 × 8 pixels, from scikit-learn's {total():,} handwritten digits; which are stored is drawn with seed "
            f"{done.pictures.seed}. The mean picture is taken out and each is brought to the same contrast; a hidden "
            "pixel is set to the mean."
        )
        equations.show(landscape_formula.picture(done))
    st.markdown(_counted(tallied))
    with st.container(horizontal=True):
        for number, (label, values) in enumerate(TRIES.items()):
            st.button(label, on_click=take_preset, kwargs=values, key=f"digit-{number}")
    return row


@st.cache_resource(max_entries=64, show_spinner=False)  # nobody's memories: all visitors may share them
def _damaged(
    digits: int, original: int, covered: int, sigma: float, seed: int, beta: float
) -> tuple[Completion, Tally, go.Figure]:
    """What came of one damaged picture, of many, and the figure of the one."""
    noise, pictures = Noise(sigma=sigma, seed=seed), store(digits)
    done = complete(pictures, original, covered, noise, beta)
    return done, tally(pictures, covered, noise, beta), figures.row(done)


def _sentence(done: Completion) -> str:
    """What became of this picture."""
    labels, last = done.pictures.labels, done.settling.p[-1]
    start = f"A stored **{labels[done.original]}**, {_damage(done)}, "
    if done.recalled is None:
        return (
            f"{start}ends in **an average** of {done.number:.1f} of {len(labels):,} pictures: none of them comes back."
        )
    p = f"p = {float(last[done.recalled]):.2f}"
    if done.recalled == done.original:
        return f"{start}comes back: {p} after {counted(len(done.settling.p), 'update')}."
    same = "another picture of the same digit" if labels[done.recalled] == labels[done.original] else "another digit"
    nearest = "the right picture" if done.nearest == done.original else "a wrong one too"
    return f"{start}settles on **{same}**, a {labels[done.recalled]}, {p}. Plain nearest neighbour finds {nearest}."


def _damage(done: Completion) -> str:
    hidden = f"{done.covered} of 8 rows hidden" if done.covered else "with nothing hidden"
    return hidden + (f" and noise σ = {done.sigma:g}" if done.sigma else "")


def _counted(count: Tally) -> str:
    """Settling against nearest neighbour, over the same pictures, with the interval of their difference."""
    difference = paired(count.nearest, count.settled)
    return (
        f"The same damage to {counted(count.tried, 'picture')}: settling brings back that very picture "
        f"**{sum(count.settled)}** times and ends in an average of several {count.averages} times; plain nearest "
        f"neighbour finds it **{sum(count.nearest)}** times: this is {difference.words}."
    )
