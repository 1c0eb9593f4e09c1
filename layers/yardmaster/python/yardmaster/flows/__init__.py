"""One module per function: gather, decide, apply."""
