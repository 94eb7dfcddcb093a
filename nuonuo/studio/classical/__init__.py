"""The page on networks of ±1 units, from 1982 to attention."""
