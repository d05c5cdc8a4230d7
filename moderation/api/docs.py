"""`/docs`: Swagger UI over `/openapi.json`, from the package's own files."""

from __future__ import annotations

from flask import Flask, Response
from flask_swagger_ui import get_swaggerui_blueprint  # type: ignore[import-untyped]

# Swagger UI's page has inline style and script of its own; it stands alone on its path.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def init_app(app: Flask) -> None:
    """Serve the page to try the API at."""
    blueprint = get_swaggerui_blueprint("/docs", "/openapi.json", config={"app_name": "Rejoinder"})

    def allow_its_own(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    blueprint.after_request(allow_its_own)
    app.register_blueprint(blueprint)
