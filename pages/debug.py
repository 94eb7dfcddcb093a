"""Debug a recall: one question, why it failed, and the smallest change that fixes it."""

import streamlit as st

from nuonuo.figures import debugging as figures
from nuonuo.studio.debug import capsule as capsules
from nuonuo.studio.debug import fixes as repairs
from nuonuo.studio.debug import influences, panel, ranked
from nuonuo.studio.shell import controls, fixing, panels, presets
from nuonuo.studio.shell.plot import plot

st.title("Why did this recall fail?")
st.markdown(
    "Say which memory should have come back. Each possible cause is checked against this very recall, "
    "and each change that is offered was tried on a copy first."
)
memory, asked = panels.ask(panel.more_settings, panel.told)

if asked and (case := panel.ask_again(memory)):
    panel.choose_expected(case)
    capsules.opened()
    left, right = st.columns(2, gap="large")
    with left:
        panel.verdict(case)
        fixing.applied()
        panel.reasons(case)
        st.subheader("What would fix it")
        repairs.show(case)
    with right:
        st.subheader("What ranks them")
        ranking = ranked.bars(case)
        st.subheader("How close each memory came")
        ladder = ranked.ladder(case)

    shown, (words, withouts) = {"ladder": ladder, "terms": ranking}, influences.influences(case)
    if case.found.expected is not None:
        left, right = st.columns(2, gap="large")
        with left:
            st.subheader("Which words mattered")
            st.markdown(influences.words_finding(case, words))
            if words:
                shown["words"] = figures.word_bars(words)
                plot(shown["words"], "words", figures.word_bars_words(words))
        with right:
            st.subheader("Which memories stood in the way")
            st.markdown(influences.memories_finding(case, withouts))
            if withouts:
                shown["memories"] = figures.memory_bars(withouts, case.found.weight)
                alt = figures.memory_bars_words(withouts, case.found.weight)
                plot(shown["memories"], "memories", alt, on_pick=controls.choose)
                influences.looked_at(case, withouts)
    presets.failures()
    st.subheader("Take this case away")
    capsules.take(case)
    capsules.open_form()
    panels.maths(case.trace)
    panels.footnote(memory, case.trace, **shown)
else:
    capsules.open_form()
