"""The errors of the library, one tree."""

from __future__ import annotations


class ClassifierError(Exception):
    """Base of every error that the library raises on purpose."""


class ModelNotFoundError(ClassifierError):
    """No model of that name or at that path."""


class ArtefactError(ClassifierError):
    """A model file is broken, was changed, or is not one of ours."""


class DataError(ClassifierError, ValueError):
    """Comments cannot be read, or not learnt from or measured on; the message says where and why.

    A ``ValueError`` too, as every wrong argument is in scikit-learn's conventions.
    """


class ReportError(ClassifierError):
    """The report cannot be drawn, because its extra is not installed."""
