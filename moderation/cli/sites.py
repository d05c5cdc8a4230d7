"""`rejoinder site`: make and list sites, and say what authors in despair are told."""

from __future__ import annotations

from typing import Any

import click
from marshmallow import ValidationError

from .. import clock, languages, urls
from ..errors import ExistsError, InvalidError
from ..identifiers import is_slug
from ..policy import Policy
from ..records import Site
from ..schemas.sites import HelpSchema
from ..settings import Settings
from ..tokens import new_credential
from .base import as_json, open_store, show


@click.group()
def site() -> None:
    """Make, change and list sites."""


@site.command("create")
@click.argument("slug")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    metavar="URL",
    help="Where its pages are, https://example.org; may be given more than once.",
)
@click.option("--name", help="Shown to moderators.  [default: the slug]")
@click.option(
    "--preset",
    type=click.Choice(["relaxed", "balanced", "strict"]),
    default="balanced",
    show_default=True,
    help="The policy to begin with.",
)
@click.option(
    "--language",
    metavar="CODE",
    help="What its comments are written in, as en or de.  [default: not said]",
)
@as_json
def site_create(
    slug: str,
    origins: tuple[str, ...],
    name: str | None,
    preset: str,
    language: str | None,
    as_json: bool,
) -> None:
    """Make the site SLUG with a key that may do everything on it, printed this once."""
    if not is_slug(slug):
        raise InvalidError("A slug is 1 to 32 of a-z, 0-9 and -, not at its ends.")
    if language is not None:
        try:
            language = languages.primary_code(language)
        except InvalidError as error:
            raise InvalidError(f"--language: {error.detail}") from error
    policy = {"preset": preset} | ({"language": language} if language else {})
    made = Site(
        slug=slug,
        name=name or slug,
        origins=tuple(dict.fromkeys(urls.origin(origin) for origin in origins)),
        policy=policy,
        created=clock.now(),
    )
    with open_store() as (settings, store):
        credential, api_key = new_credential(
            slug, kind="key", role="owner", name="first key", now=made.created
        )
        try:
            store.sites.create(made, credential=credential, now=made.created)
        except ExistsError as error:
            raise ExistsError(
                f"The site {slug} already exists. For its key, origins and settings: "
                "rejoinder site list, rejoinder key --help, and Settings in the dashboard."
            ) from error
    tag = (
        f'<script src="{settings.public_url}/embed.js" data-site="{slug}" async></script>'
        "<rejoinder-thread></rejoinder-thread>"
    )
    told = _languages(settings, language)
    show(
        {
            "site": slug,
            "name": made.name,
            "origins": made.origins,
            "language": language,
            "api_key": api_key,
            "tag": tag,
            "note": told,
        },
        as_json,
        f"Made the site {slug}. Its key, shown this once:\n\n  {api_key}\n\n"
        f"Put this into its pages:\n\n  {tag}\n\n{told}\n\n"
        f"Next: rejoinder moderator create YOU@EXAMPLE.ORG --site {slug} --role owner",
    )


def _languages(settings: Settings, language: str | None) -> str:
    """Say what the model does with the site's language."""
    from classifiers import load_model

    read = load_model(settings.model, second_reader=False).languages
    named = ", ".join(read)
    if language is None:
        return (
            f"The model reads comments in: {named}. If the site's are in another language, make it "
            "with --language, or set it in the dashboard; others are held for a moderator."
        )
    if language in read:
        return f"The model reads comments in {language}."
    return (
        f"No model reads comments in {language} (only {named}): they get no scores and are "
        "published, except for what links, word lists and repeats hold. Look at them yourself, or "
        "set unsupported_language to hold."
    )


@site.command("help-lines")
@click.argument("slug")
@click.option("--text", help="What they are told; empty tells nothing.")
@click.option(
    "--link",
    "links",
    nargs=2,
    multiple=True,
    metavar="URL TITLE",
    help="Where help is found, in the place of all links; may be given more than once.",
)
@click.option("--no-links", is_flag=True, help="Show no links.")
@click.option("--usual", is_flag=True, help="Show the text and links that come with the service.")
@as_json
def site_help_lines(
    slug: str,
    text: str | None,
    links: tuple[tuple[str, str], ...],
    no_links: bool,
    usual: bool,
    as_json: bool,
) -> None:
    """Show or change what the author of a comment that speaks of their own despair is told.

    Without an option nothing is changed. It is shown to them alone, right after they posted.
    """
    if (usual and (text is not None or links or no_links)) or (links and no_links):
        raise InvalidError("--usual goes with no other option, and --no-links not with --link.")
    given: dict[str, Any] = {} if text is None else {"text": text}
    if links or no_links:
        given["links"] = [{"url": url, "title": title} for url, title in links]
    try:
        checked = HelpSchema().load(given)
    except ValidationError as error:
        raise InvalidError(f"{_first(error.messages)}") from error
    with open_store() as (_, store):
        found = store.sites.get(slug)
        if usual or checked:
            own = {} if usual else {**found.policy.get("help", {}), **checked}
            found = store.sites.update(
                slug,
                policy={**found.policy, "help": own},
                expected_version=found.version,
                actor="cli",
                now=clock.now(),
            )
    told = Policy.from_json(found.policy).help
    lines = "\n".join(f"  {link['url']}  {link['title']}" for link in told["links"])
    show(
        {"site": slug, "text": told["text"], "links": told["links"]},
        as_json,
        f"{told['text'] or 'No text.'}\n{lines or '  No links.'}",
    )


def _first(messages: Any, path: str = "") -> str:
    """Give the first complaint, with the place it is about."""
    if isinstance(messages, dict):
        name, inner = next(iter(messages.items()))
        return _first(inner, f"{path}/{name}")
    return f"{path}: {messages[0]}"


@site.command("list")
@as_json
def site_list(as_json: bool) -> None:
    """List the sites."""
    with open_store() as (_, store):
        sites = store.sites.list()
    show(
        [
            {"site": s.slug, "name": s.name, "origins": s.origins, "created": s.created}
            for s in sites
        ],
        as_json,
        "\n".join(f"{s.slug:<33} {s.name}  {' '.join(s.origins)}" for s in sites) or "No sites.",
    )
