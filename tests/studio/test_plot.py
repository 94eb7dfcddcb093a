"""Specifies nuonuo/figures/template.py, nuonuo/studio/shell/look.py and nuonuo/studio/shell/plot.py."""

import base64
import itertools
import json
import math
import re
import tomllib
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import example, given
from hypothesis.strategies import floats, integers, lists, none, one_of, text
from plotly.io.json import to_json_plotly
from streamlit.testing.v1 import AppTest

from nuonuo.figures.labels import one_line
from nuonuo.figures.template import (
    ACCENT,
    DIVERGING,
    INK,
    MUTED,
    OKABE_ITO,
    PANEL,
    PAPER,
    RIVAL,
    SEQUENTIAL,
    THEMES,
    escape,
    figure,
    memory_color,
    resolve,
    short,
    template,
)

ROOT = Path(__file__).parents[2]


def linear(channel: int) -> float:
    c = channel / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def luminance(color: str) -> float:
    """WCAG 2.2 relative luminance."""
    return sum(w * linear(c) for w, c in zip((0.2126, 0.7152, 0.0722), rgb(color), strict=True))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


# Colours


def test_memory_colours_are_far_apart():
    distances = [math.dist(rgb(a), rgb(b)) for a, b in itertools.combinations(OKABE_ITO, 2)]
    assert len(OKABE_ITO) == 8
    assert min(distances) > 60


@given(memory_id=integers(0, 10**9))
def test_a_memory_keeps_its_colour(memory_id):
    assert memory_color(memory_id) == memory_color(memory_id) == memory_color(memory_id + len(OKABE_ITO))
    assert memory_color(memory_id) in OKABE_ITO


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("token", [INK, MUTED, ACCENT, RIVAL])
def test_text_colours_can_be_read_on_both_papers(theme, token):
    colors = THEMES[theme]
    assert contrast(colors[token], colors[PAPER]) >= 4.5
    assert contrast(colors[token], colors[PANEL]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sequential_colours_move_away_from_the_paper(theme):
    steps = [contrast(THEMES[theme][c], THEMES[theme][PAPER]) for c in SEQUENTIAL]
    assert steps == sorted(steps)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_streamlit_theme_is_the_figures_theme(theme):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    ours, theirs = THEMES[theme], config[theme]
    named = {PAPER: "backgroundColor", PANEL: "secondaryBackgroundColor", INK: "textColor", ACCENT: "primaryColor"}
    assert {token: theirs[option] for token, option in named.items()} == {token: ours[token] for token in named}
    assert theirs["chartSequentialColors"] == [ours[c] for c in SEQUENTIAL]
    assert theirs["chartDivergingColors"] == [ours[c] for i, c in enumerate(DIVERGING) if i != 5]
    assert config["chartCategoricalColors"] == list(OKABE_ITO)


def test_every_theme_knows_every_token():
    assert THEMES["light"].keys() == THEMES["dark"].keys()
    assert {*SEQUENTIAL, *DIVERGING} <= THEMES["light"].keys()


@pytest.mark.parametrize("dark", [False, True])
def test_resolve_leaves_no_token_and_touches_no_text(dark):
    fig = figure(
        go.Scatter(x=[1, 2], y=[1, 2], marker_color=[ACCENT, RIVAL], text=[INK, "plain"]),
        go.Heatmap(z=[[-1, 1]], colorscale=DIVERGING),
        title=INK,
    )
    out = resolve(fig, dark)
    colors = THEMES["dark" if dark else "light"]
    assert list(out.data[0].marker.color) == [colors[ACCENT], colors[RIVAL]]
    assert list(out.data[0].text) == [INK, "plain"]
    assert out.layout.title.text == INK
    assert out.layout.paper_bgcolor == colors[PAPER]
    assert json.dumps(out.to_plotly_json(), default=list).count("var(--") == 2  # the two texts
    assert fig.data[0].marker.color[0] == ACCENT


def test_the_template_is_written_as_plotlyjs_reads_it():
    assert template()["data"]["heatmap"][0]["colorscale"][0] == [0.0, SEQUENTIAL[0]]
    assert go.layout.Template(template()).to_plotly_json() == template()


# Text


@given(typed=text())
def test_escaped_text_has_no_markup_and_reads_as_typed(typed):
    safe = escape(typed)
    assert not re.search("[<>]", safe)
    assert safe.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == typed


@given(typed=text(), n=integers(1, 60))
@example(typed="0\n0", n=1)  # a title that its text repeats is shown once
def test_short_text_is_short_before_escaping(typed, n):
    shown = short(typed, n).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert len(shown) <= n
    assert shown.endswith("…") or shown == one_line(typed)


def test_short_needs_room_for_one_character():
    with pytest.raises(ValueError, match="n must be >= 1, got 0"):
        short("anything", 0)


# On a page


def page() -> None:
    import streamlit as st

    from nuonuo.figures.template import figure
    from nuonuo.studio.shell import look
    from nuonuo.studio.shell.plot import plot

    look.apply()
    look.verdict("It is **0.93**.")
    look.label("Weights", key="label_weights")
    n = st.slider("n", 1, 9, 3)
    st.text(f"picked: {plot(figure().add_scatter(y=list(range(n))), key='points', alt=f'{n} points')}")


def test_a_page_with_the_look_and_a_figure_runs_and_reruns():
    app = AppTest.from_function(page).run()
    app.slider[0].set_value(5).run()
    assert not app.exception
    assert app.text[0].value == "picked: None"
    assert len(app.get("bidi_component")) == 1


@given(lists(one_of(none(), floats(-1e6, 1e6, width=32)), max_size=300))
def test_long_arrays_of_numbers_travel_as_bytes_and_mean_the_same(numbers):
    from nuonuo.studio.shell.plot import LONG, _packed

    trace = {"x": numbers, "text": ["a"] * len(numbers), "type": "scatter"}
    sent = json.loads(to_json_plotly(_packed(trace)))
    assert sent["text"] == trace["text"]
    if len(numbers) < LONG:
        assert sent["x"] == numbers
    else:
        assert sent["x"]["dtype"] == "f4"
        got = np.frombuffer(base64.b64decode(sent["x"]["bdata"]), np.float32)
        assert [None if math.isnan(v) else v for v in got.tolist()] == numbers


@pytest.mark.parametrize("values", [["a"] * 200, [[1.0] * 60, [1.0]], [True] * 200, [[1, "a"]] * 100])
def test_arrays_of_anything_else_travel_as_they_are(values):
    from nuonuo.studio.shell.plot import _packed

    assert _packed({"x": values})["x"] is values


def test_a_matrix_of_numbers_travels_as_bytes_with_its_shape():
    from nuonuo.studio.shell.plot import _packed

    sent = json.loads(to_json_plotly(_packed({"z": [[0.5] * 20] * 10})))["z"]
    assert sent["shape"].replace(" ", "") == "10,20"


def test_a_matrix_of_texts_travels_as_each_text_once_and_where_it_stands():
    from nuonuo.studio.shell.plot import _packed

    rows = [["a", "b", "a"], ["b", "b", "c"]]
    sent = _packed({"text": rows})["text"]
    assert [[sent["texts"][i] for i in row] for row in sent["at"]] == rows
    assert sent["texts"] == ["a", "b", "c"]


def test_a_layer_is_apart_from_its_figure_and_named_by_what_it_holds():
    def layered() -> None:
        import streamlit as st

        from nuonuo.figures.template import figure
        from nuonuo.studio.shell.plot import plot

        n = st.slider("n", 1, 9, 3)
        fig = figure().add_scatter(y=[1, 2, 3]).add_scatter(y=list(range(n)))
        plot(fig, key="points", alt="points", kept=1)

    app = AppTest.from_function(layered).run()
    seen = []
    for n in (3, 5):
        app.slider[0].set_value(n).run()
        layer, fig = (json.loads(each.proto.json) for each in app.get("bidi_component"))
        assert [trace["y"] for trace in json.loads(layer["traces"])] == [[1, 2, 3]]
        assert [trace["y"] for trace in json.loads(fig["figure"])["data"]] == [list(range(n))]
        assert fig["layer"] == layer["name"]
        seen.append(layer)
    assert seen[0] == seen[1]


def test_a_figure_needs_words():
    from nuonuo.studio.shell.plot import plot

    with pytest.raises(ValueError, match="alt must describe the figure 'k'"):
        plot(figure(), key="k", alt=" ")


def test_without_the_component_a_figure_is_still_drawn(monkeypatch):
    monkeypatch.setattr("nuonuo.studio.shell.plot._draw", None)
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_the_style_sheet_carries_its_fonts_and_no_address():
    from nuonuo.studio.shell.look import style

    assert style().count("@font-face") == 7
    assert style().count("<") == 2  # <style> and </style>: Streamlit then gives it no room on the page
    assert not re.search(r"url\((?!data:)|@import|https?:", style())
