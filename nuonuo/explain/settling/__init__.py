"""Settling: the landscape, its kinds of rest, and pictures that complete themselves."""
