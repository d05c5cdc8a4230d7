"""The way of a reply.

HTTP and the demo come through `submit`, an edit through `edit`: a few round trips to the store,
with the scoring between them. The worker's second try comes through `rescore`, an import through
`bring_in`.
"""

from .answers import Answer, barred
from .composing import address_hash
from .editing import edit
from .later import bring_in, rescore
from .posting import Draft, PresumedWrongly, submit

__all__ = [
    "Answer",
    "Draft",
    "PresumedWrongly",
    "address_hash",
    "barred",
    "bring_in",
    "edit",
    "rescore",
    "submit",
]
