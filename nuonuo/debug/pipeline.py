"""A pipeline's verdict: at which stage each expected document was lost, by how much, and what would have to change.

Lost at the first stage from which it never comes out again. What a stage makes of a document that an earlier one lost
is not recorded, so a change says what passes that stage, not that it reaches the end.
"""

import json
from dataclasses import asdict, dataclass

from nuonuo.debug.pipeline_schema import Pipeline, Stage

KEPT, CUT, DROPPED, UNRETRIEVED = "kept", "beyond the cut", "dropped", "not retrieved"


@dataclass(frozen=True)
class Seen:
    """One document at one stage."""

    stage: str
    rank: int | None  # None if it is not among the stage's results
    score: float | None
    passed: bool  # whether it was handed on


@dataclass(frozen=True)
class Fate:
    """What became of one expected document."""

    id: str
    verdict: str
    stage: str | None  # that lost it; None if it was kept
    rank: int | None  # there; at the last stage if it was kept
    score: float | None
    cut: int | None  # places that the stage hands on
    cut_score: float | None  # of the last of those
    margin: float | None  # by how much its score is better than that of the cut: below 0 if it is worse
    needed_cut: int | None  # the smallest that would hand it on
    needed_score: float | None  # that ties with the last that is handed on
    seen: tuple[Seen, ...]  # stage by stage
    sentence: str
    change: str  # what would have to change; empty if it was kept


@dataclass(frozen=True)
class PipelineVerdict:
    """What became of everything that was expected of a pipeline."""

    query: str
    query_id: str | None
    fates: tuple[Fate, ...]

    @property
    def kept(self) -> bool:
        """Whether all that was expected came out at the end."""
        return all(one.verdict == KEPT for one in self.fates)

    @property
    def sentences(self) -> tuple[str, ...]:
        """A sentence or two for each expected document."""
        return tuple(f"{one.sentence} {one.change}".rstrip() for one in self.fates)

    def to_json(self) -> str:
        """All of it as JSON text."""
        row = {"query": self.query, "query_id": self.query_id, "kept": self.kept}
        return json.dumps(row | {"expected": [asdict(one) for one in self.fates]}, ensure_ascii=False, indent=1)


def verdict_of(pipeline: Pipeline) -> PipelineVerdict:
    """Say of each expected document where the pipeline lost it and what would have to change."""
    return PipelineVerdict(
        pipeline.query, pipeline.query_id, tuple(_fate(pipeline, name) for name in pipeline.expected)
    )


def handed(stage: Stage) -> int:
    """How many of its results a stage hands on."""
    return len(stage.results) if stage.cut is None else min(stage.cut, len(stage.results))


def _seen(stage: Stage, name: str) -> Seen:
    place = next((i for i, result in enumerate(stage.results) if result.id == name), None)
    if place is None:
        return Seen(stage.name, None, None, False)
    return Seen(stage.name, place + 1, stage.results[place].score, place < handed(stage))


def _fate(pipeline: Pipeline, name: str) -> Fate:
    seen = tuple(_seen(stage, name) for stage in pipeline.stages)
    lost = 1 + max((number for number, one in enumerate(seen) if one.passed), default=-1)
    kept = lost == len(seen)
    at = lost - 1 if kept else lost
    stage, here = pipeline.stages[at], seen[at]
    cut = handed(stage)
    cut_score = stage.results[cut - 1].score if cut else None
    margin = None if here.score is None or cut_score is None else here.score - cut_score
    if margin is not None and stage.better == "lower":
        margin = -margin
    verdict = _verdict(here, at, kept)
    return Fate(
        id=name,
        verdict=verdict,
        stage=None if kept else stage.name,
        rank=here.rank,
        score=here.score,
        cut=cut,
        cut_score=cut_score,
        margin=margin,
        needed_cut=here.rank if verdict == CUT else None,
        needed_score=cut_score if verdict in {CUT, UNRETRIEVED} else None,
        seen=seen,
        sentence=_sentence(name, verdict, stage, seen, at, margin),
        change=_change(verdict, pipeline, seen, at, cut_score),
    )


def _verdict(here: Seen, at: int, kept: bool) -> str:
    if kept:
        return KEPT
    if here.rank is not None:
        return CUT
    return DROPPED if at else UNRETRIEVED


def _sentence(name: str, verdict: str, stage: Stage, seen: tuple[Seen, ...], at: int, margin: float | None) -> str:
    """What became of it."""
    here, cut, results = seen[at], handed(stage), len(stage.results)
    if verdict == KEPT:
        return f"“{name}” is kept: rank {here.rank:,} of the {cut:,} that “{stage.name}” hands on."
    if verdict == CUT:
        known = margin is not None and here.score is not None
        by = f": score {here.score:.4g}, {_gap(margin or 0.0)} place {cut:,}" if known else ""
        return f"“{name}” is at rank {here.rank:,} of “{stage.name}”, beyond its cut of {cut:,}{by}."
    if verdict == UNRETRIEVED:
        return (
            f"“{name}” was not retrieved: it is not among the {results:,} results of “{stage.name}”, the first stage."
        )
    before = seen[at - 1]
    handed_on = f"“{before.stage}” hands it on at rank {before.rank:,}"
    return f"“{name}” was dropped by “{stage.name}”: {handed_on}, and it is not among the {results:,} results here."


def _change(verdict: str, pipeline: Pipeline, seen: tuple[Seen, ...], at: int, cut_score: float | None) -> str:
    """What would have to change."""
    stage, here = pipeline.stages[at], seen[at]
    side = "above" if stage.better == "higher" else "below"
    if verdict == KEPT:
        return ""
    if verdict == DROPPED:
        return f"Find out what “{stage.name}” filters, folds or leaves unscored.{_before(pipeline, seen, at)}"
    needed = "" if cut_score is None else f" a score {side} {cut_score:.4g}"
    if verdict == CUT:
        or_score = f", or with{needed}" if needed and here.score is not None else ""
        wider = f"It passes with a cut of {here.rank:,} instead of {handed(stage):,}{or_score}."
        return f"{wider}{_before(pipeline, seen, at)}"
    deeper = f"Let “{stage.name}” search deeper, or record more of its results to see how far away it is"
    return f"{deeper}{f'; it needs{needed}' if needed else ''}; if no depth finds it, it is not in the corpus."


def _gap(margin: float) -> str:
    return f"{-margin:.4g} worse than" if margin else "as good as"


def _before(pipeline: Pipeline, seen: tuple[Seen, ...], at: int) -> str:
    """Whether it would have reached the end if this stage had kept the order of the one before."""
    last = pipeline.stages[-1]
    most = handed(last)
    rank = seen[at - 1].rank if at else None
    if rank is None or not seen[at - 1].passed or rank > most:
        return ""
    return f" Before this stage it stood at rank {rank:,}, within the {most:,} that come out at the end."
