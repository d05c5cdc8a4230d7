"""Which words of a comment its scores come from, told when a moderator asks for it.

Nothing of it is stored. The same version of the fast model finds the same words in the same text,
so they are made of what is stored when a case is opened. Scores of another version than the one in
use are not explained, which is said.
"""

from __future__ import annotations

from dataclasses import replace

from .errors import UnavailableError
from .policy import pointed
from .records import Comment
from .scoring import ScoringService

_ANOTHER_MODEL = (
    "It was scored by {model}, and {in_use} is in use now: the words that counted cannot be told."
)
_NOT_NOW = "The model does not answer, so the words that counted cannot be told now."


def explained(scoring: ScoringService, comment: Comment) -> Comment:
    """Give a comment with the words that its scores and its verdict come from.

    One that was stored with them by an earlier release keeps those.
    """
    scored, verdict = comment.scored, comment.verdict
    if scored is None or not scored.scores or scored.spans:
        return comment
    try:
        spans = scoring.spans(comment.text, scored)
    except UnavailableError:
        return replace(comment, scored=replace(scored, unexplained=_NOT_NOW))
    if spans is None:
        why = _ANOTHER_MODEL.format(model=scored.model, in_use=scoring.scorer.version)
        return replace(comment, scored=replace(scored, unexplained=why))
    scored = replace(scored, spans=spans)
    return replace(comment, scored=scored, verdict=verdict and pointed(verdict, scored))
