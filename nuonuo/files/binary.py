"""Files that are no text: what each is by its first bytes or its name, and what to do with one that is not read."""

from pathlib import Path

from nuonuo.files.texts import head, suffix_of

PARQUET, ARROW, ZIP, NPY = b"PAR1", b"ARROW1", b"PK\x03\x04", b"\x93NUMPY"
PICKLED = "is a Python pickle, which may run any program when it is opened and so is never opened: write what it holds "
PICKLE = PICKLED + "as JSON Lines or Parquet, as with DataFrame.to_parquet"
SHEET = "is a workbook: save its sheet as CSV"
PAPER = "is a document: save its text as .txt or .md"
PACKED = "is an archive of a kind that is not unpacked: unpack it and name the file inside, or a ZIP"
ADVICE = {  # by suffix
    ".npy": "holds one array and no texts: save both with np.savez('memories.npz', cue=texts, embedding=vectors)",
    ".pkl": PICKLE,
    ".pickle": PICKLE,
    ".joblib": PICKLE,
    ".pt": PICKLE,
    ".pth": PICKLE,
    ".xlsx": SHEET,
    ".xls": SHEET,
    ".ods": SHEET,
    ".numbers": SHEET,
    ".pdf": PAPER,
    ".docx": PAPER,
    ".doc": PAPER,
    ".odt": PAPER,
    ".epub": PAPER,
    ".pptx": PAPER,
    ".nuonuo": "is a bank of NuoNuo already: name it where a bank is asked for, or export it as JSONL first",
    ".db": "is a database: export the table as CSV or JSON Lines",
    ".sqlite": "is a database: export the table as CSV or JSON Lines",
    ".sqlite3": "is a database: export the table as CSV or JSON Lines",
    ".h5": "is an HDF5 file: save its texts and vectors with np.savez, or as Parquet",
    ".hdf5": "is an HDF5 file: save its texts and vectors with np.savez, or as Parquet",
    ".safetensors": "holds tensors and no texts: save texts and vectors with np.savez, or as Parquet",
    ".faiss": "is an index of vectors without their texts: read it as a store, with its docstore",
    ".avro": "is an Avro file: save it as Parquet or JSON Lines",
    ".orc": "is an ORC file: save it as Parquet or JSON Lines",
    ".tar": PACKED,
    ".tgz": PACKED,
    ".7z": PACKED,
    ".bz2": PACKED,
    ".xz": PACKED,
    ".zst": PACKED,
}
BEGINNINGS = (  # of files, and the suffix whose advice holds
    (NPY, ".npy"),
    (b"SQLite format 3\0", ".db"),
    (b"%PDF-", ".pdf"),
    (b"\x89HDF\r\n", ".h5"),
    (b"\xd0\xcf\x11\xe0", ".xls"),
    (b"7z\xbc\xaf", ".7z"),
    (b"BZh", ".bz2"),
    (b"\xfd7zXZ", ".xz"),
    (b"\x28\xb5\x2f\xfd", ".zst"),
    (b"Obj\x01", ".avro"),
    (b"ORC", ".orc"),
)
PROTOCOLS = tuple(b"\x80" + bytes([number]) for number in range(2, 6))  # of pickle
READ = {".parquet", ".npz", ".arrow", ".feather", ".zip"}


def check_readable(path: Path) -> None:
    """Raises ValueError, saying what to do, for a file that is neither text nor of a binary format that is read."""
    suffix, first = suffix_of(path), head(path)
    if first.startswith((PARQUET, ARROW)):
        return
    if first.startswith(PROTOCOLS):
        suffix = ".pkl"
    suffix = next((of for begins, of in BEGINNINGS if first.startswith(begins)), suffix)
    if suffix == ".db" and path.suffix.lower() == ".nuonuo":
        suffix = ".nuonuo"
    if advice := ADVICE.get(suffix):
        raise ValueError(f"{path} {advice}")
    if suffix in READ or first.startswith((ZIP, b"\xff\xfe", b"\xfe\xff")):
        return
    if is_binary(first):
        raise ValueError(
            f"{path} is no text, and of no format that is read: save it as JSON Lines, CSV, Parquet or NPZ, or as text"
        )


def is_binary(first: bytes) -> bool:
    """Whether the first bytes of a file are no text: not UTF-8, and many of them steer what no text does.

    UTF-16, with a mark or without, is told by `texts.as_utf8`.
    """
    try:
        first.decode("utf-8")
        return False
    except UnicodeDecodeError as reason:
        if reason.start >= len(first) - 3:  # cut inside a character
            return False
    even, odd = first[0::2].count(0), first[1::2].count(0)
    if max(even, odd) > 0.3 * len(first) / 2 and min(even, odd) <= 0.05 * len(first):
        return False
    return sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in first) > 0.02 * len(first)
