"""The errors of the library, one tree."""

from __future__ import annotations


class ClassifierError(Exception):
    """Base of every error that the library raises on purpose."""


class ModelNotFoundError(ClassifierError):
    """No model of that name or at that path."""


class ArtefactError(ClassifierError):
    """A model file is broken, was changed, or is not one of ours."""
