"""Spikes: an encoder, a network that fails and one that works."""
