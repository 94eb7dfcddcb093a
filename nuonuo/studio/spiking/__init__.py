"""The spiking page."""
