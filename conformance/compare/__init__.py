"""Compares what a cell did with the document and with torch, and says who is wrong. Sees plain data only."""
