"""The shared values of all pages: their names in the session and in the URL, their defaults, and how a URL is read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from nuonuo.debug.compare import KEYS
from nuonuo.debug.rule import Need
from nuonuo.debug.triage import RULE
from nuonuo.explain.toys.pictures import bits
from nuonuo.explain.toys.plane import BETAS, LARGEST, REACH
from nuonuo.lab.experiments import EXPERIMENTS
from nuonuo.maths.association import SEPARATIONS
from nuonuo.memory.asking import Asking
from nuonuo.memory.joining import Relation

DEFAULT = Asking()
WALKS = ("attention", "energy", "separate", "hopping", "failing", "demo")  # lessons by name
SECTIONS = ("heads", "theory", "matrix", "proof", "names", "spikes", "lif", "voting")  # closed until they are opened
PARTS = ("ask", "settings", "try", "maths", "more")  # what a link may leave out of a page: assets/style.css
FUNCTIONS = ("power2", "power3", "power4", "power5", "power6", "exponential", "lse")  # interactions of ±1 networks
RANKED = {  # what memories may be ranked by
    "meaning": DEFAULT.alone,
    "meaning and words": replace(DEFAULT, links=0.0),
    "meaning, words and links": DEFAULT,
}


@dataclass(frozen=True)
class Field:
    """One shared value: its default, and how to read it from a URL."""

    default: object
    read: Callable[[str], object]
    rule: str


def number(low: float, high: float, kind: type = float) -> Callable[[str], float]:
    """A reader of numbers from low to high."""

    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:  # nor is any NaN
            raise ValueError(text)
        return value

    return read


def drawing(text: str) -> str:
    """A reader of pixels turned by hand."""
    bits(text)
    return text


def text(most: int, least: int = 0) -> Callable[[str], str]:
    """A reader of texts of least to most characters."""

    def read(given: str) -> str:
        if not least <= len(given) <= most:
            raise ValueError(given)
        return given

    return read


def one_of(*values: object) -> Callable[[str], object]:
    """A reader of one of some values, as `str` writes them."""
    named = {str(value): value for value in values}

    def read(text: str) -> object:
        if text not in named:
            raise ValueError(text)
        return named[text]

    return read


def some_of(*values: str) -> Callable[[str], list[str]]:
    """A reader of some of the values with commas between; none of them is "none"."""

    def read(text: str) -> list[str]:
        chosen = [] if text == "none" else text.split(",")
        if not set(chosen) <= set(values):
            raise ValueError(text)
        return [value for value in values if value in chosen]

    return read


def points(least: int, most: int) -> Callable[[str], str]:
    """A reader of points "x,y;x,y" of the toy plane, kept as that text."""

    def read(text: str) -> str:
        found = [tuple(float(v) for v in pair.split(",")) for pair in text.split(";")]
        if not least <= len(found) <= most or any(len(p) != 2 or not all(abs(v) <= REACH for v in p) for p in found):
            raise ValueError(text)
        return spelled(found)

    return read


def spelled(found: Iterable[Sequence[float]]) -> str:
    """Points of the toy plane as a URL has them."""
    return ";".join(f"{x:.4g},{y:.4g}" for x, y in found)


FIELDS: dict[str, Field] = {
    "bank": Field("facts", text(300, 1), "the name of a bank"),
    "q": Field(None, text(2000), "a text of at most 2,000 characters"),  # None: the bank's opening question
    "want": Field(None, number(0, 2**53, int), "the id of a memory, or 0"),  # 0: what is meant is not stored
    "pick": Field(None, number(1, 2**53, int), "the id of a memory"),  # the memory looked at, on every page
    "beta": Field(DEFAULT.beta, number(0.05, 200), "a number from 0.05 to 200"),
    "k": Field(DEFAULT.k, number(1, 100, int), "a whole number from 1 to 100"),
    "steps": Field(DEFAULT.steps, number(1, 20, int), "a whole number from 1 to 20"),
    "words": Field(DEFAULT.words, number(0, 5), "a number from 0 to 5"),  # w: weight of BM25 in the ranking
    "links": Field(DEFAULT.links, number(0, 40), "a number from 0 to 40"),  # γ: weight of what links bring
    "spread": Field(DEFAULT.spread, number(0.05, 5), "a number from 0.05 to 5"),  # inverse temperature of what is sent
    "relations": Field(list(Relation), some_of(*Relation), "kinds of links with commas between, or none"),
    "sigma": Field(0.0, number(0, 3), "a number from 0 to 3"),
    "drop": Field(0.0, number(0, 1), "a number from 0 to 1"),
    "seed": Field(0, number(0, 2**31 - 1, int), "a whole number from 0 to 2147483647"),
    "lines": Field(None, text(2000), "a text of at most 2,000 characters"),  # more questions, one a line
    "draws": Field(12, number(1, 40, int), "a whole number from 1 to 40"),  # noisy askings shown at once
    "digit": Field(1, number(1, 1797, int), "a whole number from 1 to 1797"),  # which stored picture is damaged
    "digits": Field(50, number(2, 1797, int), "a whole number from 2 to 1797"),  # pictures stored
    "digit_beta": Field(24.0, number(1, 256), "a number from 1 to 256"),
    "covered": Field(4, number(0, 7, int), "a whole number from 0 to 7"),  # rows of the picture
    "pixel": Field(0.0, number(0, 3), "a number from 0 to 3"),  # noise σ of the picture
    "winners": Field(50, number(5, 250, int), "a whole number from 5 to 250"),  # k of the codes looked at
    "units": Field(16_384, one_of(1_024, 2_048, 4_096, 8_192, 16_384, 32_768), "1024, 2048, … or 32768"),  # and their D
    "sep": Field("power", one_of(*SEPARATIONS), "linear, power or softmax"),  # separation of hops
    "whiten": Field(True, one_of(True, False), "True or False"),  # whether keys and codes are of whitened embeddings
    "hops": Field(6, number(1, 12, int), "a whole number from 1 to 12"),
    "debug_hops": Field(0, number(0, 6, int), "a whole number from 0 to 6"),  # of the recall that is debugged
    "head": Field(2, number(0, 71, int), "a whole number from 0 to 71"),  # of the encoder's attention heads
    "token": Field(1, number(0, 255, int), "a whole number from 0 to 255"),  # whose steps through that head are shown
    "map_color": Field("attention", one_of("attention", "cluster", "code overlap", "hop"), "one the map page offers"),
    "map_dims": Field("2-D", one_of("2-D", "3-D"), "2-D or 3-D"),
    "map_by": Field("UMAP", one_of("UMAP", "PCA"), "UMAP or PCA"),
    "spike_steps": Field(16, number(1, 64, int), "a whole number from 1 to 64"),  # T of an embedding as spikes
    "spike_gain": Field(4.0, number(0.5, 16), "a number from 0.5 to 16"),
    "spike_leak": Field(0.9, number(0.5, 1), "a number from 0.5 to 1"),
    "lif_steps": Field(200, number(5, 200, int), "a whole number from 5 to 200"),  # of the network that fails
    "lif_gain": Field(1.0, number(0, 4), "a number from 0 to 4"),
    "lif_leak": Field(0.9, number(0.5, 1), "a number from 0.5 to 1"),
    "lif_clamp": Field(10.0, number(0, 50), "a number from 0 to 50"),
    "lif_pairs": Field("documented", one_of("documented", "this bank"), "documented or this bank"),
    "lif_others": Field("near-duplicates", one_of("near-duplicates", "random", "this bank"), "one the page offers"),
    "lif_count": Field(0, one_of(0, 10, 100), "0, 10 or 100"),  # of them, where one number is looked at
    "inhibition": Field(0.2, number(0.05, 1), "a number from 0.05 to 1"),  # η of the spiking memory that works
    "lab": Field("backgrounds", one_of(*(e.name for e in EXPERIMENTS)), "the name of an experiment"),
    "systems": Field(
        None, text(2000), "names of systems, at most 2,000 characters"
    ),  # of the lab; None: those shown at first
    "keys_a": Field("plain cosine", one_of(*KEYS), "keys that the page offers"),  # of the two sides compared
    "keys_b": Field("whitened 0.5", one_of(*KEYS), "keys that the page offers"),
    "by_a": Field("meaning", one_of(*RANKED), "terms that the page offers"),  # what ranks on each side
    "by_b": Field("meaning, words and links", one_of(*RANKED), "terms that the page offers"),
    "bank_b": Field("", text(300), "the name of a bank"),  # "": the same as A's
    "sigma_a": Field(0.0, number(0, 3), "a number from 0 to 3"),
    "sigma_b": Field(0.0, number(0, 3), "a number from 0 to 3"),
    "within": Field(1, one_of(1, 5, 10, 20), "1, 5, 10 or 20"),  # an expected memory counts among the first so many
    "triage_within": Field(RULE.within, one_of(1, 5, 10, 20), "1, 5, 10 or 20"),  # of many questions at once
    "need": Field("all", one_of(*Need), "all or any"),  # of several that are expected
    "toy": Field("0.9,0.6;-0.95,0.5;0.1,-1", points(1, LARGEST), f"1 to {LARGEST} points as x,y;x,y in the plane"),
    "toy_query": Field("0.35,0.1", points(1, 1), "a point as x,y in the plane"),
    "toy_beta": Field(8.0, number(*BETAS), f"a number from {BETAS[0]:g} to {BETAS[1]:g}"),
    "function": Field("power2", one_of(*FUNCTIONS), f"one of {', '.join(FUNCTIONS)}"),  # of the ±1 networks
    "lse_beta": Field(0.036, number(0.001, 2), "a number from 0.001 to 2"),
    "stored": Field(3, number(1, 20, int), "a whole number from 1 to 20"),  # pictures
    "shown": Field(1, number(1, 20, int), "a whole number from 1 to 20"),  # the one that is damaged
    "turned": Field(0.1, number(0, 0.5), "a number from 0 to 0.5"),  # share of its pixels
    "half": Field(False, one_of(True, False), "True or False"),  # whether its lower half is hidden
    "drawn": Field("", drawing, "196 hexadecimal digits"),  # pixels turned by hand
    "net_units": Field(64, one_of(32, 64, 128), "32, 64 or 128"),  # of the networks measured
    "lesson": Field("", one_of("", *WALKS), f"one of {', '.join(WALKS)}"),
    "step": Field(1, number(1, 20, int), "a whole number from 1 to 20"),  # of the lesson
    "auto": Field(False, one_of(True, False), "True or False"),  # whether the lesson runs by itself
    "pace": Field(1.0, number(0.25, 20), "a number from 0.25 to 20"),  # how many times as fast
    "present": Field(False, one_of(True, False), "True or False"),  # for a projector
    "show": Field(list(PARTS), some_of(*PARTS), f"some of {', '.join(PARTS)} with commas between, or none"),
    "open": Field([], some_of(*SECTIONS), f"some of {', '.join(SECTIONS)} with commas between, or none"),
    "map_seed": Field(None, number(0, 2**31 - 1, int), "a whole number from 0 to 2147483647"),  # None: of the map kept
}
