"""The engine in Milvus: a bank's cues in a collection, dense keys and two kinds of sparse vector, all by inner product.

Rows come back, memories are wanted, and Milvus breaks ties as it likes. So rows are asked for until the last of them is
worth less than the k-th memory: then no other row can be among the k, and the result is the embedded engine's, in its
order. Milvus gives at most 16,384 rows a query; where more than that tie, it is Milvus that picks among the equal.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from nuonuo.engines.collection import Fit, found
from nuonuo.engines.connection import Connection, EngineError
from nuonuo.engines.filling import check_same
from nuonuo.engines.protocol import Hits, check, ranked, similarities
from nuonuo.engines.terms import Terms
from nuonuo.memory.bank import Bank

MOST = 16_384  # rows that Milvus gives for one query
ROWS = 16_384  # rows asked for in one call, of which an answer must hold the keys or texts
LEAST, MORE = 32, 4  # rows asked for at first, and how many times as many then
SLACK = 1e-5  # for float32
Scores = Callable[[int, list[dict[str, Any]]], np.ndarray]  # of a query's number and its rows


class Milvus:
    """The engine over the collection that a name leads to, asked for a bank. Raises EngineError if it is not of it."""

    def __init__(self, connection: Connection, name: str, bank: Bank, bank_name: str) -> None:
        kept = found(connection, name)
        if kept is None:
            raise EngineError(f"{connection.address} has no collection {name!r}: make it with nuonuo index BANK")
        now = Fit.of(bank, bank_name, kept.fit.dense)
        check_same(kept.fit, now, name, connection)
        if now.print != kept.fit.print:
            raise EngineError(
                f"the collection {name!r} at {connection.address} is of bank {bank_name} before its whitening was "
                "fitted again: run nuonuo index again"
            )
        self._connection, self._kept, self._settings = connection, kept, bank.settings
        self.terms = Terms.of(bank.reading.words)
        with connection.asking("searched") as client:
            client.load_collection(kept.name)

    def __len__(self) -> int:
        with self._connection.asking("searched") as client:
            (counted,) = client.query(self._kept.name, filter="", output_fields=["count(*)"])
        return int(counted["count(*)"])

    def search(self, keys: Tensor, k: int) -> list[Hits]:
        """By meaning: exact with a flat index, approximate with an automatic one."""
        check(k, keys.shape, self._settings.dimension, "keys")
        asked = list(keys.float().cpu().numpy())

        def exact(query: int, rows: list[dict[str, Any]]) -> np.ndarray:
            stored = np.array([row["entity"]["key"] for row in rows], np.float32).reshape(len(rows), -1)
            return similarities(stored, asked[query]) if rows else distances(rows)

        return self._search("key", asked, k, exact, fields=["key"])

    def by_codes(self, codes: Tensor, k: int) -> list[Hits]:
        """By shared winners, as an inner product of binary codes."""
        check(k, codes.shape, self._settings.winners, "codes")
        return self._search("code", [dict.fromkeys(code, 1.0) for code in codes.tolist()], k)

    def by_words(self, texts: Sequence[str], k: int) -> list[Hits]:
        """By BM25, as an inner product, what is found scored anew (nuonuo/engines/terms.py)."""
        check(k, (len(texts), 0), 0, "texts")
        vectors = [self.terms.query(text) for text in texts]
        asked = [i for i, vector in enumerate(vectors) if vector]

        def exact(query: int, rows: list[dict[str, Any]]) -> np.ndarray:
            anew = self.terms.scores(texts[asked[query]], [row["entity"]["text"] for row in rows])
            whole = np.array([bool(row["entity"]["text"]) for row in rows], bool)
            return np.where(whole, anew, distances(rows))

        nothing = np.zeros(0, np.int64)
        results, bound = [Hits(nothing, nothing, distances([]))] * len(texts), self.terms.bound(self._kept.fit.mean)
        found = self._search("words", [vectors[i] for i in asked], k, exact, bound, ["text"])
        for i, hits in zip(asked, found, strict=True):
            results[i] = hits
        return results

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _search(
        self,
        field: str,
        vectors: list[Any],
        k: int,
        scores: Scores | None = None,
        bound: float = 1.0,
        fields: Sequence[str] = (),
    ) -> list[Hits]:
        """The k memories best by a field for each vector.

        scores: what rows are worth exactly; None: their inner products. bound: how many times its inner product a row
        that was not given may be worth at most.
        """
        results: dict[int, Hits] = {}
        open_, limit = list(range(len(vectors))), min(max(LEAST, 2 * k), MOST)
        while open_:
            for i, rows in zip(open_, self._rows(field, [vectors[i] for i in open_], limit, fields), strict=True):
                every = distances(rows) if scores is None else scores(i, rows)
                worth = np.ones(len(rows), bool) if field == "key" else every > 0
                memories, cues = (np.array([row["entity"][of] for row in rows], np.int64) for of in ("memory", "cue"))
                hits = ranked(memories[worth], cues[worth], every[worth], k)
                if len(rows) < limit or limit == MOST or sure(hits, k, float(rows[-1]["distance"]) * bound):
                    results[i] = hits
            open_, limit = [i for i in open_ if i not in results], min(limit * MORE, MOST)
        return [results[i] for i in range(len(vectors))]

    def _rows(self, field: str, vectors: list[Any], limit: int, fields: Sequence[str]) -> list[list[dict[str, Any]]]:
        """The `limit` rows best by a field for each vector, best first."""
        found, at_once = [], max(1, ROWS // limit)
        for start in range(0, len(vectors), at_once):
            with self._connection.asking("searched") as client:
                found += client.search(
                    self._kept.name,
                    data=vectors[start : start + at_once],
                    anns_field=field,
                    limit=limit,
                    output_fields=["memory", "cue", *fields],
                    search_params={"metric_type": "IP"},
                )
        return found


def sure(hits: Hits, k: int, last: float) -> bool:
    """Whether no row that is worth `last` or less can be among the k memories, or tie with one."""
    return len(hits) == k and last < hits.scores[-1] - SLACK * max(1.0, abs(hits.scores[-1]))


def distances(rows: list[dict[str, Any]]) -> np.ndarray:
    """The inner products of rows (m,), float32."""
    return np.array([row["distance"] for row in rows], np.float32)
