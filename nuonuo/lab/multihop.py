"""Multi-hop: how often the passages that a question needs are among the first recalled, without a language model.

Sets as HippoRAG publishes them (nuonuo/files/multihop.py): one bank of all passages, a question needs several, and of
a passage that stands there twice either will do. recall@k is the share of what a question needs among the first k.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from nuonuo.files.multihop import MultiHop, read_multihop
from nuonuo.lab.bounds import SEED, within
from nuonuo.lab.ranking import WAYS, Places, asked, places, summary
from nuonuo.maths.intervals import share
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Encoder, Progress

CUTS = (2, 5, 10)
SETS = 5  # cut of recall_any and recall_all
METHODS = {{"words": "whitened+bm25", "default": "links"}.get(name, name): way for name, way in WAYS.items()}
ALL = "all"
NOTE = "not measured here: all 1,000 questions of 2WikiMultihopQA over the same 6,119 passages, published evidence; {}"
HIPPORAG = "Gutiérrez et al., arXiv:2502.14802"
PUBLISHED = (
    ("NV-Embed-v2", 0.765, f"7 billion parameters; {HIPPORAG}"),
    ("HippoRAG 2", 0.904, f"graph by a large language model; {HIPPORAG}"),
    ("Vector Graph RAG", 0.941, "graph by a large language model; zilliztech.github.io/vector-graph-rag/evaluation"),
)
BOUNDS = {"seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows method, type, recall@2, @5, @10 each with recall@k_low and recall@k_high, any@5, all@5, n, seconds, note.

    Methods: cosine, bm25, whitened, whitened+bm25, and links, a bank's own recall. type: of the questions, first "all".
    any@5, all@5: how often one or all of what a question needs is among the first 5. seconds: of ranking all questions;
    the row "encoding" has those of reading and encoding passages and questions. Rows whose method ends in
    ", published" are not measured here: their note says by whom, on which questions. Raises ValueError for a wrong
    file.
    """
    corpus, encoder = read_multihop(file), encoder or Encoder()
    if not corpus.questions:
        raise ValueError(f"{file} holds no question whose evidence is among its passages")
    rows: list[dict] = []
    began = time.perf_counter()
    with closing(Memory(None, encoder, name=Path(file).stem, seed=seed)) as memory:
        ids = memory.add_many(corpus.passages, progress)
        needs = [tuple(frozenset(ids[i - 1] for i in thing) for thing in q.evidence) for q in corpus.questions]
        questions = asked(memory, [q.text for q in corpus.questions], needs)
        rows.append({"method": "encoding", "type": ALL, "n": len(questions.texts), "seconds": since(began)})
        began = time.perf_counter()
        links = len(memory.bank.reading.relations)
        rows.append({"method": "reading links", "type": ALL, "n": links, "seconds": since(began)})
        for name, way in METHODS.items():
            began = time.perf_counter()
            found = places(memory.bank, questions, way)
            every, *types = by_type(name, corpus.questions, found)
            rows += [every | {"seconds": since(began)}, *types]
    rows += [
        {"method": f"{name}, published", "type": ALL, "recall@5": value, "n": 1_000, "note": NOTE.format(note)}
        for name, value, note in PUBLISHED
    ]
    return sorted(rows, key=lambda row: (row["type"] != ALL, str(row["type"])))


def by_type(method: str, questions: Sequence[MultiHop], found: Sequence[Places]) -> list[dict]:
    """A row of all questions, and of each type if there are several."""
    types = sorted({q.type for q in questions if q.type})
    rows = []
    for kind in (ALL, *(types if len(types) > 1 else ())):
        some = [one for one, q in zip(found, questions, strict=True) if kind in {ALL, q.type}]
        any_, all_ = (share([float(each(place <= SETS for place in one)) for one in some]) for each in (any, all))
        sets = {f"any@{SETS}": any_["recall"], f"all@{SETS}": all_["recall"]}
        counted = summary(some, CUTS)
        n = counted.pop("n")
        rows.append({"method": method, "type": kind, **counted, **sets, "n": n})
    return rows


def since(began: float) -> float:
    """Seconds since then."""
    return round(time.perf_counter() - began, 2)
