"""The app for any WSGI server, made when this is imported: `granian moderation.wsgi:app`, ….

`rejoinder serve` does not need this; it runs gunicorn with `gunicorn_conf`.
"""

from .app import create_app
from .settings import load_settings

app = create_app(load_settings())
