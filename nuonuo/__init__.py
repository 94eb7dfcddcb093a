"""NuoNuo: an associative memory for language models, Hopfield retrieval with Hebbian links.

from nuonuo import Memory

memory = Memory()
memory.add("The database is slow again", "Missing index on the users table")
trace = memory.recall("DB performance is terrible")
print(trace.answer.target, trace.answer.weight)
"""

from nuonuo.association import identity, power, softmax, winner
from nuonuo.encoder import Encoder
from nuonuo.hopfield import Hopfield
from nuonuo.memory import Memory
from nuonuo.noise import Noise
from nuonuo.trace import Trace

__all__ = ["Encoder", "Hopfield", "Memory", "Noise", "Trace", "identity", "power", "softmax", "winner"]
__version__ = "0.1.0"
