"""The equations that ran, with their numbers; file names as in figures/."""
