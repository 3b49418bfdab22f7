"""Specs filled from a run of torch: what a spec does not state yet, states wrongly, or states for nothing."""
