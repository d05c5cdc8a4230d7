"""What the service says of its own health."""

from __future__ import annotations

import marshmallow as ma

from .base import Schema


class Health(Schema):
    """This process answers; and the languages in which comments are scored."""

    status = ma.fields.Constant("ok")
    languages = ma.fields.List(
        ma.fields.String(), metadata={"description": "ISO 639 codes of what is scored"}
    )


class Storage(Schema):
    """The storage's server; of a cluster, the weakest of its primaries. Null: it does not say.

    `memory`, `maxmemory` and `disk_free` are bytes; `maxmemory` 0 is no limit.
    """

    name = ma.fields.String()
    version = ma.fields.String()
    mode = ma.fields.String()
    aof = ma.fields.Boolean(allow_none=True)
    fsync = ma.fields.String(allow_none=True)
    maxmemory_policy = ma.fields.String(allow_none=True)
    memory = ma.fields.Integer()
    maxmemory = ma.fields.Integer()
    writes_ok = ma.fields.Boolean()
    rewrite_ok = ma.fields.Boolean()
    nodes = ma.fields.Integer()
    refusal = ma.fields.String(allow_none=True)
    disk_free = ma.fields.Integer(allow_none=True)


class Readiness(Schema):
    """Storage and model are there; which they are."""

    status = ma.fields.Constant("ok")
    storage = ma.fields.Nested(Storage)
    model = ma.fields.String()
    languages = ma.fields.List(
        ma.fields.String(), metadata={"description": "ISO 639 codes of what is scored"}
    )
