"""The server for plain WSGI, as gunicorn runs it; workers are started beside it."""

from commandcenter import logs
from commandcenter.app import create_app
from commandcenter.settings import read_settings

logs.set_up("web")
application = create_app(read_settings())
