"""Perspective: attribute scores for a text."""
