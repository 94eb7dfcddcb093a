"""Triage: many questions at once, the cause of every miss, and the one change that fixes most."""

import streamlit as st

from nuonuo.studio.triage import asked as triage_asked
from nuonuo.studio.triage import cases as triage_cases
from nuonuo.studio.triage import changes as triage_changes
from nuonuo.studio.triage import panel as triage_panel
from nuonuo.studio.triage import shelf as triage_shelf

st.title("Which questions fail, and why?")
st.markdown(
    "Every question is asked, the cause of each miss is found, and changes are run on a copy of the bank until one "
    "fixes it."
)
subject = triage_asked.choose()
if subject:
    triage_panel.run(subject)
    outcome = triage_shelf.outcome(subject.key)
    if outcome and not triage_shelf.asking_now(subject.key):
        triage_panel.verdict(outcome, subject)
        triage_panel.charts(outcome)
        triage_cases.cases(outcome, subject)
        triage_cases.take_away(outcome, subject)
        triage_changes.changes(subject)
        triage_panel.maths(outcome)
