"""Labelled comments: what training learns from and evaluation measures on."""

from classifiers.data.examples import ATTRIBUTES, Example, read_examples

__all__ = ["ATTRIBUTES", "Example", "read_examples"]
