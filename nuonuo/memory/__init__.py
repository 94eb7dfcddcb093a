"""The memory itself: banks, their store, the encoder, and recalls into a Trace."""

from nuonuo.memory.memory import Memory

__all__ = ["Memory"]
