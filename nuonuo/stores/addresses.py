"""Which store an address means: the only list of stores there is."""

import re
from importlib import import_module
from pathlib import Path

from nuonuo.stores.pgvector import without_password
from nuonuo.stores.protocol import StoreError, VectorStore

STORES = {  # the beginning of an address: the class that opens it
    "chroma": "nuonuo.stores.chroma.Chroma",
    "qdrant": "nuonuo.stores.qdrant.Qdrant",
    "lancedb": "nuonuo.stores.lancedb.LanceDB",
    "faiss": "nuonuo.stores.faiss.Faiss",
    "milvus": "nuonuo.stores.milvus.Milvus",
    "postgresql": "nuonuo.stores.pgvector.PgVector",
    "postgres": "nuonuo.stores.pgvector.PgVector",
}
SERVED = {"chroma", "qdrant", "milvus"}  # by a server too
ADDRESS = re.compile(rf"({'|'.join(STORES)})(?:\+(https?|psycopg2?|asyncpg))?:(.*)", re.DOTALL | re.IGNORECASE)
HOW = "chroma:FOLDER, qdrant:FOLDER, lancedb:FOLDER, faiss:INDEX, milvus:FILE.db, postgresql://…, or NAME+http://…"


def is_address(text: str) -> bool:
    """Whether a text is a store's address and not the name of a file."""
    return ADDRESS.fullmatch(text) is not None and not Path(text).exists()


def open_store(address: str, texts: str | Path | None = None) -> VectorStore:
    """The store at an address, open for reading; close it. texts: of a FAISS index, the file with its texts.

    Raises StoreError if there is none, none answers, or its client library is not installed.
    """
    found = ADDRESS.fullmatch(address)
    if not found:
        raise StoreError(f"a store's address must be {HOW}, got {without_password(address)!r}")
    name, scheme, rest = found[1].lower(), (found[2] or "").lower(), found[3]
    shown = without_password(address)
    if texts is not None and name != "faiss":
        raise StoreError(f"a file of texts is for a FAISS index, and {shown} has its own texts")
    if scheme and (scheme.startswith("http") != (name in SERVED) or not name.startswith(("postgres", *SERVED))):
        raise StoreError(f"a store's address must be {HOW}, got {shown!r}")
    if name.startswith("postgres"):  # SQLAlchemy's addresses name the driver
        rest = f"postgresql://{rest.lstrip('/')}"
    elif scheme:
        rest = f"{scheme}://{rest.lstrip('/')}"
    if rest in {"", "postgresql://"} or rest.endswith("://"):
        raise StoreError(f"a store's address must say where it is: {HOW}, got {shown!r}")
    module, _, kind = STORES[name].rpartition(".")
    make = getattr(import_module(module), kind)
    return make(shown, rest, texts) if name == "faiss" else make(shown, rest)
