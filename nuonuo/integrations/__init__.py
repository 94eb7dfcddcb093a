"""Retrievers of other libraries over a bank, one small file a library."""
