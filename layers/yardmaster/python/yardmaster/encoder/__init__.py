"""The container that encodes raw rows for the model behind it: its code, and the archive that carries it."""
