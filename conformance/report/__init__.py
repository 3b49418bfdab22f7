"""The journal of a run, and what is rendered from it. Sees plain data only."""
