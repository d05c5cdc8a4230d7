"""`rejoinder site`: make and list sites."""

from __future__ import annotations

import click

from .. import clock, languages, urls
from ..errors import ExistsError, InvalidError
from ..identifiers import is_slug
from ..records import Site
from ..settings import Settings
from ..tokens import new_credential
from .base import as_json, open_store, show


@click.group()
def site() -> None:
    """Make and list sites."""


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
