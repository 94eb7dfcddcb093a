"""The page of one recall that failed."""
