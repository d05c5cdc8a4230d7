"""Contrast material: what ordinary people write beside what abuses them, in the same words.

Real comments hold few surnames such as Hancock, few emoji outside tweets and few threats in mild
words, so that a model learns the words alone. Here each kind of comment is a file in ``kinds`` of
sentences written for this project (``grammar`` says how they are read), filled from the word
lists in ``lists`` and typed as people type (``habits``). Behind an abusive sentence stand
harmless ones with the same words, its twins. Other languages than English have a folder each, laid
out alike.
"""

from __future__ import annotations

from classifiers.training.contrast_material.generator import examples, kind_names

__all__ = ["examples", "kind_names"]
