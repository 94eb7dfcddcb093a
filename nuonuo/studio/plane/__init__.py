"""The energy page: a memory in the plane."""
