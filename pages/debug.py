"""Debug a recall: one question, why it failed, and the smallest change that mends it."""

import streamlit as st

from nuonuo.figures import debugging as figures
from nuonuo.studio import controls, panels, presets
from nuonuo.studio import debug_capsule as capsules
from nuonuo.studio import debug_fixes as repairs
from nuonuo.studio import debug_panel as panel
from nuonuo.studio.plot import plot

st.title("Why did this recall fail?")
st.markdown(
    "Say which memory should have come back. Each possible cause is checked against this very recall, "
    "and each change that is offered was tried on a copy first."
)
memory, asked = panels.ask(panel.more_settings, panel.told)

if asked and (case := panel.ask_again(memory)):
    panel.choose_meant(case)
    capsules.opened()
    panel.verdict(case)
    repairs.applied()
    panel.reasons(case)
    ladder, told = panel.ladder(case)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("How close each memory came")
        plot(ladder, "ladder", told, on_pick=panels.meant_by_click)
        st.caption("Click the one that was meant.")
    with right:
        st.subheader("What would mend it")
        repairs.show(case)

    shown, (words, withouts) = {"ladder": ladder}, panel.influences(case)
    if case.found.wanted is not None:
        left, right = st.columns(2, gap="large")
        with left:
            st.subheader("Which words mattered")
            st.markdown(panel.words_finding(case, words))
            if words:
                shown["words"] = figures.word_bars(words)
                plot(shown["words"], "words", figures.word_bars_words(words))
        with right:
            st.subheader("Which memories stood in the way")
            st.markdown(panel.memories_finding(case, withouts))
            if withouts:
                shown["memories"] = figures.memory_bars(withouts, case.found.weight)
                alt = figures.memory_bars_words(withouts, case.found.weight)
                plot(shown["memories"], "memories", alt, on_pick=controls.choose)
                panel.looked_at(case, withouts)
    presets.failures()
    st.subheader("Take this case away")
    capsules.take(case)
    capsules.open_form()
    panels.maths(case.trace)
    panels.footnote(memory, case.trace, **shown)
else:
    capsules.open_form()
