"""The lab page."""
