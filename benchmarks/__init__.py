"""Measured speeds; docs/benchmarks.md has the figures and the commands."""
