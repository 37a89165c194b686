"""The local server of ``rapport serve``.

It shows :class:`Pages`, which are in memory, so that pages are whole while others are being made. Pages learn that they
have changed from ``/evenements/<page>`` (server-sent events: the version of the page, at once and whenever it changes),
through ``/direct.js``, which is added to them here: what is published knows nothing of it.
"""

import json
import mimetypes
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markupsafe import escape

from rapport.preview.states import EMPTY, Pages

HOST = "127.0.0.1"
_SCRIPT = files("rapport.preview") / "direct.js"
_HEADERS = files("rapport.build") / "templates" / "_headers"


class Server(ThreadingHTTPServer):
    """Serves the `pages` of one edition under ``/<year>/``, to this machine only. Raises OSError if `port` is taken (0:
    any)."""

    daemon_threads = True
    request_queue_size = 512
    """As many may ask at once; the standard library keeps five waiting, and lets the others try again in seconds."""

    def __init__(self, year: int, port: int):
        super().__init__((HOST, port), _Handler)
        self.socket.settimeout(1)  # a browser that is gone before it is accepted holds up nobody, nor the end
        self.year, self.pages = year, Pages()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/{self.year}/index.html"

    def content(self, path: str) -> bytes | None:
        """What lies at the path of an address; None: nothing."""
        if path == "/direct.js":
            return _SCRIPT.read_bytes()
        if path == "/editions.js":
            return f"window.EDITIONS = {json.dumps({self.year: self.pages.names})};\n".encode()
        folder = f"/{self.year}/"
        name = path.removeprefix(folder)
        content = self.pages.content(name) if path.startswith(folder) else None
        return self.followed(path, content) if content and name.removesuffix(".html") in self.pages.names else content

    def followed(self, path: str, content: bytes | None) -> bytes:
        """The page at the path of an address, which reloads when it is no longer `content` that is shown there (None:
        nothing is)."""
        name = path.rpartition("/")[2].removesuffix(".html")
        data = f'data-page="{escape(name)}" data-version="{self.pages.version(content)}"'
        script = f'<script src="/direct.js" {data} defer></script></head>'
        return (content or EMPTY).replace(b"</head>", script.encode(), 1)

    def handle_error(self, request, client_address) -> None:
        """A browser that leaves in the middle of an answer is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    timeout = 60  # seconds that somebody may take to say what is wanted

    def _from_here(self) -> bool:
        """Whether a page of this machine asks: another site may have given its own name to this address."""
        origin = self.headers.get("Origin", f"//{HOST}")
        return {urlsplit(f"//{self.headers.get('Host')}").hostname, urlsplit(origin).hostname} <= {HOST, "localhost"}

    def do_GET(self) -> None:
        if not self._from_here():
            return self.send_error(HTTPStatus.FORBIDDEN)
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/evenements/"):
            page = path.removeprefix("/evenements/")
            with self.server.pages.looked_at(page):
                return self._events(page)
        if path in ("/", f"/{self.server.year}", f"/{self.server.year}/"):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", self.server.address)
            return self.end_headers()
        content, status = self.server.content(path), HTTPStatus.OK
        kind = mimetypes.guess_type(Path(path).name)[0] or "application/octet-stream"
        if content is None:
            content, kind, status = self.server.followed(path, None), "text/html", HTTPStatus.NOT_FOUND
        text = kind.startswith("text/") or kind.endswith(("javascript", "json", "svg+xml"))
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _events(self, page: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"retry: 500\n\n")
        version = None
        while True:
            new = self.server.pages.wait(page, version)
            self.wfile.write(b":\n\n" if new == version else f"data: {new}\n\n".encode())
            version = new

    def end_headers(self) -> None:
        everywhere = _HEADERS.read_text(encoding="utf-8").partition("\n\n")[0]
        for line in everywhere.splitlines():  # those that the published site recommends
            name, colon, value = line.strip().partition(": ")
            if colon:
                self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_) -> None:
        """What the browser asks for is no news."""
