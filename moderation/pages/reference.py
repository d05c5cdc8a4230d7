"""The API's description as a page that people read: every call, its parameters, bodies, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from markupsafe import Markup, escape

from . import render

_METHODS = ("get", "post", "put", "patch", "delete")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered: its media type and, of the description, its schema."""

    media: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a call; `status` is a number or `default`."""

    status: str
    meaning: str
    bodies: tuple[Body, ...]
    headers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One method at one path; `anchor` names it on the page for good."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: tuple[Mapping[str, Any], ...]
    bodies: tuple[Body, ...]
    needed: bool
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one resource."""

    name: str
    text: str
    calls: tuple[Call, ...]


def page_of(description: Mapping[str, Any]) -> str:
    """Write the page for an OpenAPI description."""
    components = description.get("components", {})
    return render(
        "reference.html",
        info=description["info"],
        groups=groups_of(description),
        schemes=components.get("securitySchemes", {}),
        shapes=dict(sorted(components.get("schemas", {}).items())),
        prose=prose,
        limits=limits,
    )


def groups_of(description: Mapping[str, Any]) -> tuple[Group, ...]:
    """Give all calls in the order of the description, by their first tag."""
    texts = {tag["name"]: tag.get("description", "") for tag in description.get("tags", ())}
    groups: dict[str, list[Call]] = {name: [] for name in texts}
    for path, item in description["paths"].items():
        for method in _METHODS:
            if method in item:
                name = (item[method].get("tags") or ["other"])[0]
                call = _call(description, path, method, item)
                groups.setdefault(name, []).append(call)
    return tuple(
        Group(name, texts.get(name, ""), tuple(calls)) for name, calls in groups.items() if calls
    )


def prose(text: str) -> Markup:
    """Give a sentence of the description, with what is between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


def limits(schema: Mapping[str, Any]) -> str:
    """Say which values a schema takes, beside their type."""
    said: list[str] = []
    for least, most, of in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
        ("minProperties", "maxProperties", " entries"),
    ):
        low, high = (schema.get(name) for name in (least, most))
        if low is not None and high is not None:
            said.append(f"{low:,} to {high:,}{of}")
        elif low == 1 and of:
            said.append("not empty")
        elif low is not None:
            said.append(f"at least {low:,}{of}")
        elif high is not None:
            said.append(f"at most {high:,}{of}")
    if "pattern" in schema:
        said.append(f"as {schema['pattern']}")
    if "default" in schema and schema["default"] is not None:
        said.append(f"else {_written(schema['default'])}")
    return "; ".join(said)


def _written(value: object) -> str:
    if value == [] or value == {} or value == "":
        return "empty"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _call(description: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]) -> Call:
    described = item[method]
    body = _resolved(description, described.get("requestBody", {}))
    found = [*item.get("parameters", ()), *described.get("parameters", ())]
    return Call(
        anchor=f"{method}-{re.sub(r'[^a-zA-Z0-9.]+', '-', path).strip('-')}",
        method=method.upper(),
        path=path,
        summary=described.get("summary", "").rstrip("."),
        text=described.get("description", ""),
        parameters=tuple(_resolved(description, each) for each in found),
        bodies=tuple(_bodies(body)),
        needed=body.get("required", False),
        answers=tuple(_answers(description, described["responses"])),
    )


def _answers(description: Mapping[str, Any], responses: Mapping[str, Any]) -> Iterator[Answer]:
    # Numbers in their order; `default` sorts behind them.
    for status, response in sorted(responses.items()):
        answer = _resolved(description, response)
        phrase = HTTPStatus(int(status)).phrase if status.isdecimal() else "Any other error"
        text = answer.get("description", "")
        meaning = phrase if text.casefold() in ("", phrase.casefold()) else f"{phrase}: {text}"
        if not status.isdecimal():
            meaning = phrase
        yield Answer(status, meaning, tuple(_bodies(answer)), answer.get("headers", {}))


def _bodies(content: Mapping[str, Any]) -> Iterator[Body]:
    for media, body in content.get("content", {}).items():
        yield Body(media, body.get("schema", {}))


def _resolved(description: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference within the description."""
    while "$ref" in part:
        found: Any = description
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part
