"""Write disguised words plainly, keeping the way back to the author's characters."""

from classifiers.normalise.pipeline import Line, normalise, normalise_with_spans

__all__ = ["Line", "normalise", "normalise_with_spans"]
