"""Keeps notes: PUT /NAME writes one, GET /NAME reads it. It has the mistake of many servers: a name may be ../../etc/hostname."""
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class Notes(BaseHTTPRequestHandler):
    def path_of(self):
        return os.path.join("/data", unquote(self.path).removeprefix("/"))

    def do_GET(self):
        with open(self.path_of(), "rb") as note:
            self.answer(200, note.read())

    def do_PUT(self):
        with open(self.path_of(), "wb") as note:
            note.write(self.rfile.read(int(self.headers["content-length"])))
        self.answer(200, b"kept\n")

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError as error:
            self.answer(404, f"{error.strerror}\n".encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 8080), Notes).serve_forever()
