"""Command line: `nuonuo` or `python -m nuonuo`."""
