"""What is offered inside the tunnel, and there alone."""


def answer(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello %s\n" % environ["REMOTE_ADDR"].encode()]
