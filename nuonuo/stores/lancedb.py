"""LanceDB: `lancedb:FOLDER`, or `lancedb:` before an address that LanceDB itself reads, such as s3://bucket/folder.

Reading a Lance table writes nothing, so it is read where it is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nuonuo.stores.protocol import BATCH, Collection, Kind, Row, StoreError, check_among, client, floats, plainly

IDS = ("id", "_id", "doc_id", "uuid", "key")  # columns that may name a row
METRICS = {"dot": "ip"}


class LanceDB:
    """A LanceDB database: a folder of tables."""

    def __init__(self, address: str, path: str) -> None:
        lancedb = client("lancedb", "lancedb")
        self.address = address
        if "://" not in path:
            path = str(Path(path).expanduser())
            if not Path(path).is_dir():  # connecting would make one
                raise StoreError(f"there is no LanceDB store at {path}")
        with plainly("LanceDB", address):
            self._db = lancedb.connect(path)

    def collections(self) -> list[str]:
        """The names of the tables."""
        names: list[str] = []
        more = None
        with plainly("LanceDB", self.address):
            while True:
                page = self._db.list_tables(page_token=more)
                names, more = names + list(page.tables), page.page_token
                if not more:
                    return sorted(names)

    def about(self, collection: str) -> Collection:
        """Rows, columns that hold vectors, and the metric of an index on one."""
        table = self._open(collection)
        with plainly("LanceDB", self.address):
            import pyarrow as pa

            metrics: dict[str, str] = {}
            for index in table.list_indices():
                stats = table.index_stats(index.name)
                metric = stats.distance_type if stats else None  # of an index on texts: None
                metrics |= {column: METRICS.get(metric, metric) for column in index.columns if metric}
            kinds = {
                column.name: Kind(column.type.list_size, metrics.get(column.name))
                for column in table.schema
                if pa.types.is_fixed_size_list(column.type) and pa.types.is_floating(column.type.value_type)
            }
            return Collection(collection, table.count_rows(), kinds)

    def read(self, collection: str, vector: str) -> Iterator[Row]:
        """Rows in the order of the table; without a column for ids they are numbered from 0."""
        table, number = self._open(collection), 0
        others = [name for name in table.schema.names if name != vector]
        named = next((name for name in IDS if name in others), None)
        batches = table.search().limit(None).to_batches(BATCH)
        while True:
            with plainly("LanceDB", self.address):
                batch: Any = next(iter(batches), None)
            if batch is None:
                return
            rows = batch.select(others).to_pylist() if others else [{}] * batch.num_rows
            for fields, x in zip(rows, batch.column(vector).to_pylist(), strict=True):
                id_ = str(fields.pop(named)) if named and fields.get(named) is not None else str(number)
                number += 1
                yield Row(id_, floats(x), fields)

    def close(self) -> None:
        """Nothing is open between two readings."""

    def _open(self, collection: str) -> Any:
        check_among(collection, self.collections(), self.address)
        with plainly("LanceDB", self.address):
            return self._db.open_table(collection)
