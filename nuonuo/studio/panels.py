"""Panels that pages share: asking, the verdict and its mending, the nearest neighbour beside it, the maths."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Memory, Noise, Trace, formula
from nuonuo.debug.first_aid import Judgement, Mend, judge, mend, true_rank
from nuonuo.figures.template import resolve
from nuonuo.studio import banks, editing, known, look, state
from nuonuo.studio.words import ordinal, quoted
from nuonuo.theory import effective_number


def notices() -> None:
    """Say once what could not be done as asked."""
    for text in st.session_state.notices:
        st.warning(text)
    st.session_state.notices = []


def choose_bank(label: str = "Bank of memories") -> Memory:
    """The bank picker; the chosen bank."""
    state.enter_by_app()
    memory = banks.current()
    notices()
    titles = banks.choices()
    st.selectbox(
        label,
        list(titles),
        format_func=lambda name: titles[name],
        key="bank",
        on_change=state.ask,
        args=(None,),
        kwargs={"pick": None},
    )
    return memory


def ask(more: Callable[[], object] = tuple, told: Callable[[], str] = str) -> tuple[Memory, Trace | None]:
    """Bank, question and settings, `more` of them and what is `told` of those; the recall, or None if there is none."""
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        memory = choose_bank()
    if st.session_state.q is None:
        state.ask(*banks.opening(memory))
    right.text_input(
        "Your question",
        key="q",
        on_change=lambda: st.session_state.update(want=None),
        placeholder="Ask in your own words",
    )
    settings(more, told)
    if not len(memory):
        below = "Add a memory below, or import" if memory.encoder else "Import"
        st.info(f"This bank is empty. {below} a file on the Memories page.")
        editing.add_form(memory)
    elif memory.encoder and not (st.session_state.q or "").strip():
        st.info("Ask a question in your own words: the closest memories answer.")
    elif trace := recall(memory):
        return memory, trace
    else:
        known.offer(memory)
    return memory, None


def recall(memory: Memory) -> Trace | None:
    """Recall the shared question with the shared settings; None if it is no text that the bank can be asked."""
    s = st.session_state
    asked, noise = known.probe(memory, s.q), Noise(sigma=s.sigma, drop=s.drop, seed=s.seed)
    trace = None if asked is None else memory.recall(asked, int(s.k), s.beta, int(s.steps), noise)
    return trace and replace(trace, query=s.q)  # asked by an embedding, it shows the text all the same


def settings(more: Callable[[], object] = tuple, told: Callable[[], str] = str) -> None:
    """Every number that shapes a recall, one click away; and what else a page lets be set."""
    s = st.session_state
    noise = f", noise σ = {s.sigma:g}" if s.sigma else ""
    with st.expander(f"Settings: β = {s.beta:g}, top {s.k}{noise}, seed {s.seed}{told()}", key="settings"):
        one, two, three = st.columns(3)
        one.slider("Inverse temperature β", 0.05, 200.0, step=0.05, key="beta", help="Large: a winner. Small: a blend.")
        one.slider("Candidates k", 1, 100, key="k", help="How many memories stage one passes on.")
        two.slider("Noise σ", 0.0, 3.0, step=0.1, key="sigma", help="Gaussian; 1 is as long as the question itself.")
        two.slider("Words dropped", 0.0, 1.0, step=0.1, key="drop", help="Share of the question's words left out.")
        three.slider("Settling updates", 1, 20, key="steps")
        three.number_input("Seed of the noise", 0, 2**31 - 1, key="seed")
        more()


def verdict(memory: Memory, trace: Trace) -> Judgement | None:
    """The answer in one sentence, and when it missed, why and the change that mends it."""
    want = st.session_state.want
    if want is None or want not in memory:
        look.verdict(_recalled(trace))
        return None
    judgement = judge(memory, trace, want)
    if judgement.right:
        look.verdict(_right(trace))
        _mended()
        return judgement
    look.verdict(_wrong(memory, trace, judgement))
    change = mend(memory, trace, want)
    if change is None:
        st.caption("No change tried here mends this one; *Debug a recall* tries more.")
    else:
        _offer(trace, judgement, change)
    return judgement


def _recalled(trace: Trace) -> str:
    answer = trace.answer
    sentence = f"Recalled {quoted(answer.target)}, with attention p = {answer.weight:.2f}"
    number = float(effective_number(trace.p[0]))
    if number > 2:
        return f"{sentence}: a blend of about {number:.1f} memories at this β."
    return f"{sentence}."


def _right(trace: Trace) -> str:
    return f"{_recalled(trace)[:-1]}, as meant."


def _wrong(memory: Memory, trace: Trace, judgement: Judgement) -> str:
    meant = memory.get(st.session_state.want)
    start = f"Recalled {quoted(trace.answer.cue)}. You probably meant {quoted(meant.cues[0])}, which"
    if judgement.wanted is None or judgement.rank is None:
        place = ordinal(true_rank(memory, trace, meant.id))
        return f"{start} came {place} of {len(memory):,} and so is not among the {len(trace.candidates)} candidates."
    sentence = (
        f"{start} came {ordinal(judgement.rank)} because its similarity to the question is "
        f"{judgement.wanted.similarity:.2f} and the winner's {trace.answer.similarity:.2f}."
    )
    if judgement.telling:
        sentence += f" Without the word {quoted(judgement.telling)} it would come first."
    return sentence


def _offer(trace: Trace, judgement: Judgement, change: Mend) -> None:
    place = judgement.rank and ordinal(judgement.rank)
    before = {"place": place or "not a candidate", "weight": judgement.wanted.weight if judgement.wanted else 0.0}
    words = {
        "quiet": ("Ask it without the noise", "The same question without noise recalls it"),
        "teach": ("Teach it this question", "Storing your question as one more cue of it puts it first"),
    }
    label, why = words[change.kind]
    left, right = st.columns([1, 2], vertical_alignment="center")
    left.button(label, type="primary", on_click=_apply, args=(change, before), key="mend", width="stretch")
    right.caption(f"{why}: tried just now, p = {before['weight']:.2f} → {change.weight:.2f}.")


def _apply(change: Mend, before: dict) -> None:
    s = st.session_state
    if change.kind == "quiet":
        s.mended = {**before, "bank": s.bank, "q": s.q, "undo": {"sigma": s.sigma, "drop": s.drop}}
        s.update(sigma=0.0, drop=0.0)
    else:
        memory = banks.changeable()
        s.mended = {**before, "bank": s.bank, "q": s.q, "cues": memory.get(s.want).cues[1:], "id": s.want}
        memory.add_cue(s.want, s.q)


def _mended() -> None:
    """After a mend: what changed, and the way back."""
    s = st.session_state
    mended = s.get("mended")
    if not mended or (mended["bank"], mended["q"]) != (s.bank, s.q):
        return
    left, right = st.columns([1, 2], vertical_alignment="center")
    left.button("Undo", on_click=_undo, key="undo", width="stretch")
    how = "as one more cue" if "cues" in mended else "without the noise"
    right.caption(f"Mended {how}. Before, it was {mended['place']}, with p = {mended['weight']:.2f}.")


def _undo() -> None:
    mended = st.session_state.pop("mended")
    if "cues" in mended:
        banks.changeable().change(mended["id"], cues=mended["cues"])
    else:
        st.session_state.update(mended["undo"])


def nearest(memory: Memory, trace: Trace, meant: Collection[int] = ()) -> None:
    """Plain nearest neighbour, always beside the clever method. meant: the memories that are right, if not `want`."""
    meant = meant or {st.session_state.want} - {None}
    same = trace.nearest.id == trace.answer.id
    sentence = f"**Plain nearest neighbour** (cosine {trace.nearest.cosine:.2f}) "
    if same:
        sentence += "recalls the same memory" + (", just as wrong." if meant and trace.answer.id not in meant else ".")
    elif trace.nearest.id in meant:
        sentence += f"recalls {quoted(trace.nearest.cue)}, the one you meant: it does better here."
    else:
        sentence += f"recalls {quoted(trace.nearest.cue)} instead."
    st.markdown(sentence)


def choose_meant(trace: Trace) -> None:
    """Say which candidate was meant."""
    names = {c.id: f"{place}  {c.cue}" for place, c in enumerate(trace.candidates, 1)}
    want = st.session_state.want
    options = [None, *names] if want is None or want in names else [None, want, *names]
    st.selectbox(
        "Which one did you mean?",
        options,
        format_func=lambda i: "not said" if i is None else names.get(i, "the memory you meant, not a candidate"),
        key="want",
        placeholder="not said",
    )


def meant_by_click(pick: dict) -> None:
    """Take a clicked memory for the one that was meant."""
    data = pick["points"][0].get("customdata")
    if data:
        st.session_state.want = data[0]


def maths(trace: Trace) -> None:
    """The equations of this recall, with the numbers that were executed."""
    with st.expander("The maths, with the numbers just executed"):
        st.markdown("**Stage one.** Every stored cue and the question become keys; the most similar are candidates.")
        st.latex(formula.whitened_key(trace))
        st.markdown("**Stage two.** One Hopfield update is softmax attention over the candidates' keys.")
        st.latex(formula.update(trace))
        st.latex(formula.winner_weight(trace))
        st.markdown("**Energy.** It never rises from one state to the next.")
        st.latex(formula.energy(trace))


def footnote(memory: Memory, trace: Trace, **figures: go.Figure) -> None:
    """How long it took and what it needs to be repeated; the trace and each named figure to take away."""
    stages = " · ".join(f"{stage} {ms:.1f} ms" for stage, ms in trace.milliseconds.items())
    st.caption(f"{stages} · {memory.device.type} · seed {trace.settings.noise.seed} · this page's address repeats it")
    with st.container(horizontal=True):
        take_away("Trace as JSON", trace.to_json, "nuonuo-trace.json", "application/json")
        for name, figure in figures.items():
            take_away(f"Figure {name} as HTML", partial(as_html, figure), f"nuonuo-{name}.html", "text/html")
    st.caption("PNG and SVG: the buttons at a figure's upper right corner.")


def take_away(label: str, make: Callable[[], str], file: str, mime: str) -> None:
    """A download that is made only when it is asked for, and reruns nothing."""
    st.download_button(label, make, file, mime, on_click="ignore", key=f"take-{file}")


def as_html(figure: go.Figure) -> str:
    """A figure as one page that works offline, in the theme that is on."""
    return resolve(figure, dark=st.context.theme.type == "dark").to_html(include_plotlyjs=True)
