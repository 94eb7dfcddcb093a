"""A store's folder, copied before its client opens it.

A client may change what it opens: Chroma brings an older database to its own format and writes into it at every start,
Qdrant takes a lock, Milvus Lite replays its log. The copy is what is opened, so the original stays as it was, byte for
byte, and may be open elsewhere. It is of one moment only if nobody writes meanwhile.
"""

import shutil
import tempfile
from pathlib import Path

from nuonuo.stores.protocol import StoreError

SPARE = 1.1  # times the size of a store: what must be free on the disk


class Copy:
    """A copy of a store's file or folder, until `close`. Raises StoreError if there is none or no room for it."""

    def __init__(self, original: str | Path, product: str) -> None:
        source = Path(original).expanduser()
        if not source.exists():
            raise StoreError(f"there is no {product} store at {original}")
        files = [f for f in source.rglob("*") if f.is_file()] if source.is_dir() else [source]
        size = sum(f.stat().st_size for f in files)
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if size * SPARE > free:
            raise StoreError(
                f"{original} is read from a copy, so that nothing in it changes, and its {size / 1e9:.1f} GB do not "
                f"fit into {tempfile.gettempdir()} with {free / 1e9:.1f} GB free: set TMPDIR to a folder with more room"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="nuonuo-", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name) / source.name
        try:
            if source.is_dir():
                shutil.copytree(source, self.path, ignore=shutil.ignore_patterns(".lock", "LOCK"))
            else:
                shutil.copy2(source, self.path)
        except (OSError, shutil.Error) as reason:
            self.close()
            raise StoreError(f"{product} at {original} cannot be copied: {reason}") from reason

    def close(self) -> None:
        """Delete the copy."""
        self._folder.cleanup()
