"""Toys: the same equations where nothing is hidden, in a plane and on ±1 pictures."""
