"""Where maps come from: PCA at once, UMAP from the shelf or from a background job, and what is computed once a bank.

A UMAP that is made while PCA is on the screen does not take its place: it is offered.

A UMAP of an untouched sample is shared by all visitors and that of an own bank is kept in the maps folder beside the
banks, under the bank's name for what it becomes, and both by their content: a bank that holds the same has its map at
once, after a restart or by another name. One of a sample that this tab has changed stays in the tab.
"""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st
import torch

from nuonuo import Memory
from nuonuo.explain.map import maps
from nuonuo.explain.map.maps import Map, Placed
from nuonuo.explain.map.neighbours import Kept, preservation
from nuonuo.explain.map.points import Points, points
from nuonuo.memory.bank import Bank
from nuonuo.studio.shell import banks, jobs, own

AFTER = 2.0  # seconds after which UMAP begins: the first map, by PCA, is drawn before
MAPS = 60  # kept by content; the oldest go
SERVES = 0.8  # share of the memories that a kept map must have been made of


@dataclass
class Bench:
    """What has been computed for one content of one bank."""

    bank: Bank  # another one means another content
    points: Points
    done: dict[Any, Any] = field(default_factory=dict)

    def once(self, name: Any, make: Callable[[], Any]) -> Any:
        """The thing of this name, made on first use."""
        if name not in self.done:
            self.done[name] = make()
        return self.done[name]


@dataclass(frozen=True)
class Chart:
    """The map to show, every memory on it, and how it came about."""

    made: Map
    placed: Placed
    reason: str  # why it is this map: "chosen", "few", "making", "ready", "stopped" or "" for UMAP itself
    offered: Map | None = None  # the UMAP that is "ready"


def bench(memory: Memory) -> Bench:
    """The bench of the bank as it is now; an older one is cleared away."""
    s, bank = st.session_state, memory.bank
    if "map_bench" not in s or s.map_bench.bank is not bank:
        s.map_bench = Bench(bank, points(bank))
    return s.map_bench


def chart(here: Bench) -> Chart:
    """The chosen map of these points; PCA while UMAP is not to be had."""
    s = st.session_state
    dims = int(s.map_dims[0])
    if s.map_by == "PCA":
        return _pca(here, dims, "chosen")
    if len(here.points.ids) < maps.FEWEST:
        return _pca(here, dims, "few")
    _collect(here, dims)
    found = _find(here, dims)
    if found is None:
        s.map_waiting = _key(dims)
        return _pca(here, dims, "making" if _job(here, dims).running else "stopped")
    if s.get("map_waiting") == _key(dims):
        return replace(_pca(here, dims, "ready"), offered=found)
    return Chart(found, placed(here, found), "")


def pca(here: Bench) -> Map:
    """The PCA map of these points."""
    dims = int(st.session_state.map_dims[0])
    return here.once(("pca", dims), lambda: maps.fit_pca(here.points, dims))


def accept() -> None:
    """Show the UMAP that was offered."""
    st.session_state.pop("map_waiting", None)


def kept(here: Bench, made: Map) -> Kept | None:
    """How much of each memory's neighbourhood a map keeps."""
    K = here.points.K
    xy = torch.from_numpy(placed(here, made).xy).to(K.device)
    return here.once(("kept", made.name), lambda: preservation(K, xy))


def job() -> jobs.Job | None:
    """This tab's latest job."""
    return st.session_state.get("map_job", (None, None))[1]


def make_anew(seed: int) -> None:
    """Fit UMAP, with a seed, to what the bank holds now."""
    st.session_state.map_seed = seed
    retry()


def retry() -> None:
    """Let a stopped job start again."""
    st.session_state.pop("map_job", None)


def _pca(here: Bench, dims: int, reason: str) -> Chart:
    made = here.once(("pca", dims), lambda: maps.fit_pca(here.points, dims))
    return Chart(made, placed(here, made), reason)


def placed(here: Bench, made: Map) -> Placed:
    """Every memory on a map."""
    return here.once(("placed", made.name), lambda: maps.place(made, here.points))


def _job(here: Bench, dims: int) -> jobs.Job:
    """The job that makes this map; one for another map is stopped."""
    s = st.session_state
    wanted = _key(dims)
    key, job = s.get("map_job", (None, None))
    if key != wanted:
        if job:
            job.cancel()
        job = jobs.start(maps.fit_umap, here.points, dims, _seed(dims), delay=AFTER)
        s.map_job = (wanted, job)
    return job


def _find(here: Bench, dims: int) -> Map | None:
    """A finished UMAP of this seed that shows most of these points."""
    key, seed = _key(dims), _seed(dims)
    for made in (st.session_state.get("maps", {}).get(key), _shared().get(key), _kept(dims), _alike(here, dims)):
        if made and made.settings["seed"] == seed and _share(here, made) >= SERVES:
            return made
    return None


def _share(here: Bench, made: Map) -> float:
    return here.once(("share", made.name), lambda: maps.share(made, here.points))


def _collect(here: Bench, dims: int) -> None:
    """Put the result of a finished job on its shelf."""
    s = st.session_state
    key, job = s.get("map_job", (None, None))
    if key != _key(dims) or job.state != "done":
        return
    del s.map_job
    if banks.is_sample() and not banks.is_changed():
        _shared()[key] = job.result
    else:
        s.setdefault("maps", {})[key] = job.result
    if not banks.is_sample():
        maps.save(job.result, _file(dims))
    if not banks.is_changed():
        _keep(job.result, here, dims)


def _keep(made: Map, here: Bench, dims: int) -> None:
    """Keep a map by the content that it was made of, where the disk lets it."""
    file = _file_of(here, dims)
    with contextlib.suppress(OSError):
        maps.save(made, file)
        old = sorted(file.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime)[:-MAPS]
        for one in old:
            one.unlink(missing_ok=True)


def _alike(here: Bench, dims: int) -> Map | None:
    """The map kept of a bank that held the same."""
    file = _file_of(here, dims)
    return _read(str(file), file.stat().st_mtime_ns) if file.exists() else None


def _file_of(here: Bench, dims: int) -> Path:
    """Where the map of these points and the seed asked for is kept."""
    held = here.once(
        "held", lambda: hashlib.sha256(here.points.ids.tobytes() + here.points.prints.tobytes()).hexdigest()[:32]
    )
    return own.home() / "maps" / "by-content" / f"{held}-{dims}d-{_seed(dims)}.npz"


def _key(dims: int) -> tuple[str, int, int]:
    return banks.root(), dims, _seed(dims)


def _seed(dims: int) -> int:
    """The seed asked for, else that of the map kept for an own bank, else 0."""
    asked, kept = st.session_state.map_seed, _kept(dims)
    if asked is not None:
        return asked
    return kept.settings["seed"] if kept else 0


@st.cache_resource
def _shared() -> dict[tuple[str, int, int], Map]:
    """Maps of untouched samples, which all visitors see alike."""
    return {}


def _file(dims: int) -> Path:
    return banks.folder().parent / "maps" / f"{st.session_state.bank.removeprefix(banks.OWN)}-{dims}d.npz"


def _kept(dims: int) -> Map | None:
    """The map kept for an own bank, if any."""
    if banks.is_sample() or not _file(dims).exists():
        return None
    return _read(str(_file(dims)), _file(dims).stat().st_mtime_ns)


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(file: str, changed: int) -> Map | None:
    """A kept map; a file that cannot be read is as good as none."""
    try:
        return maps.load(Path(file))
    except ValueError:
        return None
