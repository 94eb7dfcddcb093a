"""Digits on the settling page: damage a stored picture and watch it complete itself, or fail to."""

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Noise, landscape_formula
from nuonuo.digits import Completion, Tally, complete, store, tally, total
from nuonuo.figures import digits as figures
from nuonuo.studio.plot import plot

TRIES = {
    "Half a picture completes itself": {"digit_beta": 24.0, "covered": 4, "digits": 50, "digit": 1, "pixel": 0.0},
    "β = 5: a ghost of many": {"digit_beta": 5.0, "covered": 4, "digits": 50, "digit": 1, "pixel": 0.0},
    "Too little seen: led astray": {"digit_beta": 64.0, "covered": 6, "digits": 200, "digit": 14, "pixel": 0.0},
}


def show() -> go.Figure:
    """The whole section, and its figure; its settings and the seed are in the address like all others."""
    s = st.session_state
    st.subheader("The same equation completes a picture")
    s.digit = min(s.digit, s.digits)
    done, counted, row = _damaged(s.digits, s.digit - 1, s.covered, s.pixel, s.seed, s.digit_beta)
    st.markdown(_sentence(done))
    plot(row, "picture", figures.row_words(done))
    left, right = st.columns(2, gap="large")
    left.slider("β of the pictures", 1.0, 256.0, step=1.0, format="%g", key="digit_beta")
    right.slider("Rows of the picture hidden", 0, 7, key="covered")
    with st.expander(f"{s.digits:,} pictures stored, picture {s.digit} damaged, noise σ = {s.pixel:g}, seed {s.seed}"):
        one, two, three = st.columns(3)
        one.slider("Pictures stored", 2, total(), key="digits")
        two.number_input("Picture to damage", 1, s.digits, key="digit")
        three.slider("Pixel noise σ", 0.0, 3.0, step=0.1, key="pixel")
        st.caption(
            f"8 × 8 pixels, from scikit-learn's {total():,} handwritten digits; which are stored is drawn with seed "
            f"{done.pictures.seed}. The mean picture is taken out and each is brought to the same contrast; a hidden "
            "pixel is set to the mean."
        )
        st.latex(landscape_formula.picture(done))
    st.markdown(_counted(counted))
    with st.container(horizontal=True):
        for number, (label, values) in enumerate(TRIES.items()):
            st.button(label, on_click=s.update, kwargs=values, key=f"digit-{number}")
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
        number = done.number
        return f"{start}ends as **a ghost**: a blend of {number:.1f} of {len(labels):,} pictures."
    p = f"p = {float(last[done.recalled]):.2f}"
    if done.recalled == done.original:
        return f"{start}comes back: {p} after {len(done.settling.p)} updates."
    same = "another picture of the same digit" if labels[done.recalled] == labels[done.original] else "another digit"
    nearest = "right" if done.nearest == done.original else "wrong too"
    return f"{start}settles on **{same}**, a {labels[done.recalled]}, {p}. Plain nearest neighbour is {nearest}."


def _damage(done: Completion) -> str:
    hidden = f"{done.covered} of 8 rows hidden" if done.covered else "with nothing hidden"
    return hidden + (f" and noise σ = {done.sigma:g}" if done.sigma else "")


def _counted(count: Tally) -> str:
    """Settling against nearest neighbour, over many pictures."""
    better = " Plain nearest neighbour does better here." if count.nearest > count.settled else ""
    return (
        f"The same damage to {count.tried} of them: settling brings back the very picture {count.settled} times and "
        f"ends in a ghost {count.ghosts} times; plain nearest neighbour finds it {count.nearest} times.{better}"
    )
