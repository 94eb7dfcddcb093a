"""Attention: who is attended to, at which β, and the proof against PyTorch."""
