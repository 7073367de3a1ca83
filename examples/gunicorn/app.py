"""Says where the request came in, and who answers."""
import os


def answer(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    where = environ["gunicorn.socket"].getsockname()
    return [("uid %d at %s\n" % (os.getuid(), where if isinstance(where, str) else where[1])).encode()]
