"""What the systems over winner-take-all codes share: an encoder that codes nothing twice, and links between codes."""

import torch
from torch import Tensor

from nuonuo.maths import codes
from nuonuo.maths.hebbian import Links
from nuonuo.systems.protocol import Answer


class Coder:
    """Codes of embeddings of dimension d under one seeded projection; those made once are kept."""

    def __init__(self, d: int, seed: int = 0, units: int = codes.UNITS, winners: int = codes.WINNERS) -> None:
        codes.check_winners(winners, units)
        self.d, self.seed, self.units, self.winners = d, seed, units, winners
        self._P = codes.projection(d, units, seed)
        self._place: dict[bytes, int] = {}  # of an embedding's code in the table
        self._table = torch.empty(0, winners, dtype=torch.int32)

    def __call__(self, x: Tensor) -> Tensor:
        """Codes of embeddings (n, d): (n, k) int32. Raises ValueError if d differs."""
        if x.ndim != 2 or x.shape[1] != self.d:
            raise ValueError(f"embeddings must have {self.d} columns, got shape {tuple(x.shape)}")
        rows = [bytes(row) for row in x.cpu().contiguous().view(torch.uint8).numpy()]
        fresh = {row: i for i, row in enumerate(rows) if row not in self._place}
        if fresh:
            made = codes.encode(x[list(fresh.values())].cpu(), self._P, self.winners).winners
            self._place.update({row: len(self._table) + i for i, row in enumerate(fresh)})
            self._table = torch.cat([self._table, made])
        return self._table[[self._place[row] for row in rows]]


class Coded:
    """Associations as codes, with links from cue to target and from cue to itself, made on first use."""

    def __init__(self, coder: Coder) -> None:
        self.coder = coder
        self.cues = self.targets = torch.empty(0, coder.winners, dtype=torch.int32)
        self._links: tuple[Links, Links] | None = None

    def learn(self, cue: Tensor, target: Tensor) -> None:
        """Store associations of embeddings: (d,), (d,) or (n, d), (n, d)."""
        cue, target = torch.atleast_2d(cue), torch.atleast_2d(target)
        if len(cue) != len(target):
            raise ValueError(f"cue and target must be as many, got {len(cue)} and {len(target)}")
        self.cues = torch.cat([self.cues, self.coder(cue)])
        self.targets = torch.cat([self.targets, self.coder(target)])
        self._links = None

    @property
    def hetero(self) -> Links:
        """Links target ← cue."""
        return self._both()[0]

    @property
    def auto(self) -> Links:
        """Links cue ← cue."""
        return self._both()[1]

    def code(self, query: Tensor) -> Tensor:
        """The code (k,) of a query (d,). Raises ValueError if nothing has been learnt or d differs."""
        if not len(self.cues):
            raise ValueError("nothing has been learnt: learn an association before recalling")
        return self.coder(query[None])[0]

    def answer(self, code: Tensor, steps: int) -> Answer:
        """A code that came out, read against the stored targets."""
        return Answer(self.hetero.target_overlap(code[None])[0], code, steps)

    def _both(self) -> tuple[Links, Links]:
        if self._links is None:
            units = self.coder.units
            self._links = Links(self.cues, self.targets, units), Links(self.cues, self.cues, units)
        return self._links
