"""Where the explorer's own files are: app.py, pages/, assets/ and .streamlit/.

They lie at the top of the project's folder; an installed package (setup.py) carries them inside as `explorer`.
"""

from pathlib import Path

INSTALLED = Path(__file__).parents[1] / "explorer"


def explorer_file(name: str) -> Path:
    """A file or folder of the explorer, such as "app.py" or "assets"."""
    return (INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[2]) / name
