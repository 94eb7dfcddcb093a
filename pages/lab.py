"""Lab: every comparison as an experiment that can be run again, with nearest neighbour on its chart."""

import streamlit as st

from nuonuo.figures import lab as figures
from nuonuo.studio.lab import panel as lab_panel
from nuonuo.studio.shell import settings
from nuonuo.studio.shell.plot import plot

e = lab_panel.opened()
st.title(e.question)
st.markdown(
    "Bars are 95% intervals; systems measured at the same value stand side by side. The command below the chart makes "
    "the numbers again. Or run it here."
)
found = lab_panel.choose(e)
lab_panel.begin(e)
settings.line()
lab_panel.progress(e)

if found is None:
    st.info("No result of this experiment ships with the project yet. Run it: the chart and its verdict follow.")
else:
    result, shown = found
    chart = figures.chart(shown)
    lab_panel.verdict(e, result, shown)
    plot(chart, f"lab-{e.name}", figures.chart_words(shown))
    lab_panel.details(e, result, shown)
    lab_panel.actions(e, result, chart)
    lab_panel.beside(e, shown)
    lab_panel.origin(e, result)
