"""A WSGI application: / says hello, /pid who answers, /crash does not answer."""

import os


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/crash":
        import _crashers
        _crashers.die("null-read")
    body = b"%d" % os.getpid() if path == "/pid" else b"hello"
    start_response("200 OK", [("Content-Type", "text/plain"),
                              ("Content-Length", str(len(body)))])
    return [body]
