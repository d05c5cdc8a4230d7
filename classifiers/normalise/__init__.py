"""Write disguised words plainly, keeping the way back to the author's characters."""

from classifiers.normalise.pipeline import NormalisedText, normalise, normalise_with_spans

__all__ = ["NormalisedText", "normalise", "normalise_with_spans"]
