"""Maps of a bank, and how far they can be trusted."""
