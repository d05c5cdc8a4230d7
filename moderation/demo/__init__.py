"""The sample site of `rejoinder demo`: two pages with the widget on them.

The second page takes its comments from another origin than its own (`localhost` instead of
`127.0.0.1`), as a real site would. Both send the strictest policy the widget promises to bear.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

SITE = "demo"
PAGES = ("/demo/", "/demo/elsewhere")

bp = Blueprint(
    "demo",
    __name__,
    url_prefix="/demo",
    template_folder="templates",
    static_folder="static",
)

_OTHER_HOST = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


def origins(port: int) -> tuple[str, ...]:
    """The origins that the sample site must have when the demo listens on `port`."""
    return tuple(f"http://{host}:{port}" for host in _OTHER_HOST)


@bp.get("/")
def article() -> Response:
    """Show the article, with comments from the same origin."""
    return _page("demo/article.html", service="")


@bp.get("/elsewhere")
def elsewhere() -> Response:
    """Show the second page, with comments from the other name of this machine."""
    own = urlsplit(request.host_url)
    other = _OTHER_HOST.get(own.hostname or "")
    port = f":{own.port}" if own.port else ""
    return _page("demo/elsewhere.html", service=f"{own.scheme}://{other}{port}" if other else "")


def _page(template: str, *, service: str) -> Response:
    response = make_response(render_template(template, site=SITE, service=service))
    allowed = service or "'self'"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"style-src 'self'; img-src 'self'; script-src {allowed}; connect-src {allowed}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return response
