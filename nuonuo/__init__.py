"""NuoNuo: an associative memory for language models, Hopfield retrieval with Hebbian links.

from nuonuo import Memory

memory = Memory()
memory.add("The database is slow again", "Missing index on the users table")
trace = memory.recall("DB performance is terrible")
print(trace.answer.target, trace.answer.weight)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nuonuo.maths.association import identity, power, softmax, winner
    from nuonuo.maths.hopfield import Hopfield
    from nuonuo.memory import Memory
    from nuonuo.memory.asking import Asking
    from nuonuo.memory.encoder import Encoder
    from nuonuo.memory.noise import Noise
    from nuonuo.memory.records import About, Tie
    from nuonuo.memory.trace import Trace

__all__ = [
    "About",
    "Asking",
    "Encoder",
    "Hopfield",
    "Memory",
    "Noise",
    "Tie",
    "Trace",
    "identity",
    "power",
    "softmax",
    "winner",
]
__version__ = "0.1.0"

HOMES = {
    "About": "nuonuo.memory.records",
    "Asking": "nuonuo.memory.asking",
    "Encoder": "nuonuo.memory.encoder",
    "Hopfield": "nuonuo.maths.hopfield",
    "Memory": "nuonuo.memory",
    "Noise": "nuonuo.memory.noise",
    "Tie": "nuonuo.memory.records",
    "Trace": "nuonuo.memory.trace",
    "identity": "nuonuo.maths.association",
    "power": "nuonuo.maths.association",
    "softmax": "nuonuo.maths.association",
    "winner": "nuonuo.maths.association",
}


def __getattr__(name: str) -> Any:
    """What is exported is imported on first use: torch takes seconds to load, and the command line greets before."""
    if name not in HOMES:
        raise AttributeError(f"module 'nuonuo' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(HOMES[name]), name)
    return found
