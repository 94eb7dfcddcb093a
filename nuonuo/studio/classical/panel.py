"""What the page on ±1 networks says and asks: which interaction, what is stored, how it is damaged, what came of it."""

import streamlit as st

from nuonuo.explain.toys.classical import Interaction, interaction
from nuonuo.explain.toys.pictures import NAMES
from nuonuo.explain.toys.rests import Kind, Rests, rests
from nuonuo.explain.toys.retrieval import Damage, Retrieval, mixture_drawing, retrieve
from nuonuo.figures import classical as figures
from nuonuo.latex import classical as formula
from nuonuo.studio.classical import canvas
from nuonuo.studio.shell import equations, look
from nuonuo.studio.shell.fields import FUNCTIONS
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import counted

SLIDER = {"power2": "x² (1982)", "exponential": "eˣ", "lse": "log-sum-exp"}
POWERS = dict(zip("3456", "³⁴⁵⁶", strict=True))
STARTS = 24  # of the search for spurious states
STATES = 6  # of them shown
TRIES = {
    "1982 with 3 pictures: all come back": {"function": "power2", "stored": 3},
    "1982 with 6 pictures: a mixture": {"function": "power2", "stored": 6},
    "eˣ with 20 pictures: all come back": {"function": "exponential", "stored": 20},
    "Half a picture, log-sum-exp": {"function": "lse", "stored": 20, "shown": 8, "turned": 0.0, "half": True},
}


def chosen() -> Interaction:
    """The interaction function that the slider stands at."""
    s = st.session_state
    return interaction(s.function, s.lse_beta)


def asked() -> Retrieval:
    """The damaged picture and what came of it."""
    s = st.session_state
    s.shown = min(s.shown, s.stored)
    return _retrieved(chosen(), s.stored, s.shown - 1, Damage(s.turned, s.half, s.drawn, s.seed))


@st.cache_resource(max_entries=64, show_spinner=False)  # nobody's memories: all visitors may share them
def _retrieved(how: Interaction, stored: int, original: int, damage: Damage) -> Retrieval:
    return retrieve(how, stored, original, damage)


@st.cache_resource(max_entries=32, show_spinner=False)
def _rests(how: Interaction, stored: int, seed: int) -> Rests:
    return rests(retrieve(how, stored, 0, Damage(seed=seed)).net, STARTS, seed)


def verdict(done: Retrieval) -> None:
    """Where the damaged picture ended, and how many of all come back, with nearest neighbour beside it."""
    back, found, P = sum(done.back), sum(done.found), len(done.back)
    same = "the one" if P == 1 else f"all {P}"
    nearest = same if found == P else f"{found} of {P}"
    look.verdict(
        f"{_end(done)} Damaged alike, **{back} of {counted(P, 'stored picture')}** come{'s' * (back == 1)} back whole; "
        f"plain nearest neighbour finds {nearest}."
    )


def _end(done: Retrieval) -> str:
    """What became of the picture."""
    who, picture, rest = _network(done.net.interaction), NAMES[done.original], done.rest
    start = f"{who} is shown the {picture}, {done.damage.words}, and"
    after = f"after {counted(done.sweeps, 'sweep')}"
    wrong = counted(done.wrong, "pixel")
    if rest.kind is Kind.PATTERN and rest.of[0] == done.original:
        return f"{start} **brings it back** {after}" + (f", but for {wrong}." if done.wrong else ", every pixel right.")
    if rest.kind is Kind.PATTERN:
        return f"{start} **ends in another**, the {NAMES[rest.of[0]]}, {after}."
    if rest.kind is Kind.REVERSED:
        return f"{start} **ends in the {NAMES[rest.of[0]]} with ink and paper exchanged**, {after}."
    if rest.kind is Kind.MIXTURE:
        names = " and ".join([", ".join(NAMES[i] for i in rest.of[:2]), NAMES[rest.of[2]]])
        return f"{start} **ends in a mixture of {names}** that nobody stored, {wrong} wrong."
    return f"{start} **ends in a picture that nobody stored**, {wrong} wrong {after}."


def _network(how: Interaction) -> str:
    if how.power == 2:
        return "Hopfield's network of 1982"
    if how.power:
        return f"A dense memory of power {how.power}"
    return f"The {how.label} network"


def controls() -> None:
    """The interaction function and the number of pictures."""
    left, right = st.columns(2, gap="large")
    left.select_slider("Interaction function F", FUNCTIONS, format_func=_named, key="function")
    right.slider("Pictures stored", 1, len(NAMES), key="stored")


def _named(name: str) -> str:
    return SLIDER.get(name) or f"x{POWERS[name.removeprefix('power')]}"


def picture(done: Retrieval) -> None:
    """The picture to draw on, and its way to rest."""
    left, right = st.columns([1, 4], gap="medium")
    with left:
        canvas.show(done.shown)
        st.caption("Draw on it: drag, or arrow keys and Space.")
    with right:
        plot(figures.row(done, NAMES), "pictures", figures.row_words(done, NAMES))


def damage(done: Retrieval) -> None:
    """Which picture, and what is done to it before it is shown."""
    s = st.session_state
    title = f"Shown: the {NAMES[done.original]}, {done.damage.words}, seed {s.seed}"
    with look.part("settings", "classical"), st.expander(title, key="damage"):
        one, two, three = st.columns(3, gap="large")
        numbers = range(1, s.stored + 1)
        one.selectbox("Picture", numbers, format_func=lambda n: NAMES[n - 1], key="shown", on_change=_clear)
        two.slider("Pixels turned at random", 0.0, 0.5, step=0.05, format="percent", key="turned")
        two.checkbox("Hide the lower half", key="half")
        three.number_input("Seed", 0, 2**31 - 1, key="seed")
        if s.function == "lse":
            three.number_input("β of log-sum-exp", 0.001, 2.0, step=0.005, format="%.3f", key="lse_beta")
        one.button("Take the drawing off", on_click=_clear, disabled=not s.drawn, key="undraw")
        st.caption(
            "28 × 28 pixels, drawn by this project: ink is +1, paper −1. They resemble each other, most of all in "
            "their paper, so the network of 1982 holds far fewer of them than of random patterns. The seed draws the "
            "turned pixels and the order in which units take their turns."
        )


def _clear() -> None:
    st.session_state.drawn = ""


def presets() -> None:
    """A network that works, one that is overloaded, one that holds all, half a picture, a spurious state."""
    with look.tries():
        for number, (label, values) in enumerate(TRIES.items()):
            st.button(label, on_click=take_preset, kwargs=values, key=f"classical-{number}")
        st.button("Show it a mixture of three", on_click=mix, key="classical-mixture")


def mix() -> None:
    """Show the network of 1982 the mixture of three pictures, which it takes for a memory."""
    take_preset(function="power2", stored=3, turned=0.0, drawn=mixture_drawing(0, (0, 1, 2), Damage()))


def spurious() -> None:
    """The states nobody stored in which this network comes to rest."""
    s, how = st.session_state, chosen()
    found = _rests(how, s.stored, s.seed)
    some = found.spurious[:STATES]
    st.subheader("States that nobody stored")
    nobody = found.count(Kind.MIXTURE, Kind.OTHER)
    starts = (
        f"Of {found.starts} starts (half random, half near a mixture of three)"
        if s.stored >= 3
        else f"Of {found.starts} random starts"
    )
    st.markdown(
        f"{starts}, **{nobody}** end in spurious states: {found.count(Kind.MIXTURE)} in mixtures of three stored "
        f"pictures, {found.count(Kind.OTHER)} in others. {found.count(Kind.PATTERN)} end in stored pictures, "
        f"{found.count(Kind.REVERSED)} in reversed ones (ink and paper exchanged)."
    )
    if some:
        plot(figures.spurious(some, NAMES), "spurious", figures.spurious_words(some, NAMES))


def maths(done: Retrieval) -> None:
    """The one update rule and its energy with the numbers just executed, and the known capacities."""
    with look.part("maths", "classical"), st.expander("The maths, with the numbers just executed"):
        st.markdown("**Energy.** A unit turns if that lowers it. The interaction function F is all that differs.")
        equations.show(formula.energy(done))
        st.markdown("**One update** of one unit, all others held.")
        equations.show(formula.update(done))
        st.markdown("**Known capacities** for random patterns.")
        equations.show(*formula.capacities(st.session_state.net_units))
