"""One recall looked at from all sides, one folder a view."""
