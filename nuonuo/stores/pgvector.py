"""PostgreSQL with pgvector: `postgresql://user@host:port/database`, as libpq reads it (PGPASSWORD, ~/.pgpass).

A collection is a table that has a column of type vector or halfvec. The session is read-only, so that the server itself
refuses to write.
"""

import re
from collections.abc import Iterator
from typing import Any

from nuonuo.stores.protocol import BATCH, Collection, Kind, Row, check_among, client, floats, plainly

SECONDS = 10  # that a server may take to be reached
COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, t.typname, a.atttypmod
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE t.typname IN ('vector', 'halfvec') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND a.attnum > 0 AND NOT a.attisdropped AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY 1, 2, a.attnum"""
CLASSES = """
    SELECT a.attname, o.opcname
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_opclass o ON o.oid = ANY (i.indclass)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
    WHERE n.nspname = %s AND c.relname = %s AND o.opcname ~ '^(vector|halfvec)_'"""
KEYS = """
    SELECT a.attname
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
    WHERE i.indisprimary AND n.nspname = %s AND c.relname = %s ORDER BY a.attnum"""
OTHERS = """
    SELECT a.attname
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
      AND t.typname NOT IN ('vector', 'halfvec', 'sparsevec', 'tsvector', 'bytea') ORDER BY a.attnum"""


class PgVector:
    """The tables of a PostgreSQL database that hold vectors."""

    def __init__(self, address: str, path: str) -> None:
        psycopg = client("psycopg", "pgvector")
        self.address = address
        with plainly("PostgreSQL", address):
            self._db = psycopg.connect(path, connect_timeout=SECONDS)
            self._db.read_only = True

    def collections(self) -> list[str]:
        """The tables with vectors, with the schema before the name unless it is public."""
        return sorted({_named(schema, table) for schema, table, *_ in self._rows(COLUMNS)})

    def about(self, collection: str) -> Collection:
        """Rows, columns of vectors with their sizes, and the metric that an index on one is for."""
        check_among(collection, self.collections(), self.address)
        schema, table = _parts(collection)
        metrics = {column: opclass.split("_")[1] for column, opclass in self._rows(CLASSES, schema, table)}
        kinds = {
            column: Kind(size if size > 0 else None, metrics.get(column))
            for s, t, column, _, size in self._rows(COLUMNS)
            if (s, t) == (schema, table)
        }
        from psycopg import sql

        ((count,),) = self._rows(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table)))
        return Collection(collection, count, kinds)

    def read(self, collection: str, vector: str) -> Iterator[Row]:
        """Rows of a table by a cursor of the server; ids from the primary key, or numbers from 0 if it has none."""
        from psycopg import sql
        from psycopg.rows import dict_row

        schema, table = _parts(collection)
        keys = [name for (name,) in self._rows(KEYS, schema, table)]
        names = [name for (name,) in self._rows(OTHERS, schema, table)]
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        order = sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(map(sql.Identifier, keys))) if keys else sql.SQL("")
        asked = sql.SQL("SELECT {}::real[], {} FROM {}{}" if names else "SELECT {}::real[]{} FROM {}{}").format(
            sql.Identifier(vector), columns, sql.Identifier(schema, table), order
        )
        with plainly("PostgreSQL", self.address):
            cursor = self._db.cursor("nuonuo", row_factory=dict_row, binary=True)
            cursor.execute(asked)
        number = 0
        try:
            while True:
                with plainly("PostgreSQL", self.address):
                    rows = cursor.fetchmany(BATCH)
                if not rows:
                    return
                for one in rows:
                    x = floats(one.pop(vector))
                    own = [str(one.pop(key)) for key in keys]
                    yield Row("/".join(own) or str(number), x, one)
                    number += 1
        finally:
            if not self._db.closed:
                cursor.close()

    def close(self) -> None:
        """End the connection."""
        self._db.close()

    def _rows(self, query: Any, *given: str) -> list[tuple]:
        with plainly("PostgreSQL", self.address):
            return self._db.execute(query, given or None).fetchall()


def _named(schema: str, table: str) -> str:
    return table if schema == "public" else f"{schema}.{table}"


def _parts(collection: str) -> tuple[str, str]:
    """Schema and table of a collection's name."""
    schema, _, table = collection.rpartition(".")
    return schema or "public", table


def without_password(address: str) -> str:
    """An address as it may be shown."""
    hidden = re.sub(r"(//[^/@:]*):[^/]*@", r"\1:***@", address)
    return re.sub(r"(?i)(password=)[^&\s]*", r"\1***", hidden)
