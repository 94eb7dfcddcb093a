"""Spikes: embeddings as spike trains, a spiking memory that fails, and one that works."""
