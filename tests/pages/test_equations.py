"""Every equation on the pages stands above a caption: the paper and equation it is from, and its symbols."""

import re
from itertools import pairwise

import pytest

PAGES = ["home", "attention", "codes", "settling", "hops"]
PAPER = re.compile(r"^\*(Ours\b|Cosine similarity|.*(?:\b(?:19|20)\d\d\b).*(?:Eq\.|Theorem|Fig\.|order|Phil\.))")


def flat(block):
    """The elements of a page in the order they stand."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from flat(child)
        else:
            yield child


def pairs(app):
    """Each equation of a page, and the element that follows it."""
    elements = list(flat(app.main))
    return [(e, after) for e, after in pairwise(elements) if e.type == "latex"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("whiten", [True, False])
def test_every_equation_names_its_paper_and_defines_its_symbols(run, page, whiten):
    found = pairs(run(f"pages/{page}.py", bank="stories", whiten=whiten))
    assert len(found) >= 4
    for equation, after in found:
        assert after.type == "caption", equation.value
        assert PAPER.match(after.value), after.value
        assert len(after.value.split(".* ")[1]) > 40, after.value
        assert after.value.count("$") % 2 == 0


@pytest.mark.parametrize("page", PAGES)
def test_every_letter_with_a_hat_or_a_bar_is_defined_below(run, page):
    for equation, after in pairs(run(f"pages/{page}.py", bank="stories")):
        for symbol in re.findall(r"\\(?:hat|bar)\\[a-z]+", equation.value):
            assert symbol in after.value


@pytest.mark.parametrize("page", PAGES)
def test_patterns_are_rows_in_every_equation(run, page):
    shown = " ".join(equation.value for equation, _ in pairs(run(f"pages/{page}.py", bank="stories")))
    assert r"X X^\top" not in shown
    assert r"\operatorname{softmax}(X^\top" not in shown
