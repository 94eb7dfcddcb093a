"""Stores: vectors and texts read from the vector databases that others keep them in; nothing is ever written back."""
