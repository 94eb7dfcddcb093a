"""Terms: what else a recall counts beside meaning, switched off or on: other ways to ask, to be run before any is said.

A way that a bank cannot tell from how it is asked now, such as without links where there are none, is left out by
`applies`.
"""

from dataclasses import dataclass, replace

from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.joining import CODE, Relation

DEFAULT = Asking()
WORDS_MORE = 8.0  # times w, where words shall count more
MORE = 2.0  # times γ, where more is sent
EVEN = 0.05  # inverse temperature of the attention that is sent, where more memories shall send


@dataclass(frozen=True)
class Way:
    """Another way to ask."""

    kind: str  # words or links
    words: str  # what to do
    asking: Asking
    relations: frozenset[Relation] = frozenset()  # of which a bank must have a link; none: a text suffices

    def applies(self, bank: Bank) -> bool:
        """Whether it can change anything in this bank."""
        return self.kind == "words" or bool(self.relations & kinds(bank))


def ways(asking: Asking) -> list[Way]:
    """Words off or on, links off, on or doubled, and each kind of link off or on."""
    if asking.words:
        more = WORDS_MORE * asking.words
        louder = f"Count shared words more: w from {asking.words:g} to {more:g}"
        made = [Way("words", louder, replace(asking, words=more))]
        made.append(Way("words", "Ask without words", replace(asking, words=0.0)))
    else:
        weights = (DEFAULT.words, WORDS_MORE * DEFAULT.words)
        made = [Way("words", f"Count shared words (w = {w:g})", replace(asking, words=w)) for w in weights]
    every, sent = frozenset(Relation), frozenset(asking.relations)
    if not asking.links:
        with_links = replace(asking, links=DEFAULT.links, relations=DEFAULT.relations)
        return [*made, Way("links", f"Send attention over links (γ = {DEFAULT.links:g})", with_links, every)]
    if asking.spread > EVEN:
        even = f"Spread attention more evenly: its β from {asking.spread:g} to {EVEN:g}"
        made.append(Way("links", even, replace(asking, spread=EVEN), sent))
    more = MORE * asking.links
    made.append(Way("links", f"Send more over links: γ from {asking.links:g} to {more:g}", _linked(asking, more), sent))
    made.append(Way("links", "Ask without links", _linked(asking, 0.0), sent))
    for one in Relation:
        other = replace(asking, relations=tuple(sent ^ {one}))
        what = f"Send nothing over links of kind “{one}”" if one in sent else f"Send over links of kind “{one}” too"
        made.append(Way("links", what, other, frozenset({one})))
    return made


def kinds(bank: Bank) -> frozenset[Relation]:
    """The kinds of link that a bank has."""
    codes = set(bank.reading.relations.arrays()[3].tolist())
    return frozenset(one for one in Relation if CODE[one] in codes)


def _linked(asking: Asking, links: float) -> Asking:
    return replace(asking, links=links)
