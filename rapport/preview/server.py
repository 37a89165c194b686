"""The local server of ``rapport serve``: an edition as it was last made, with what failed in the place of its pages.

It shows files that it keeps in memory, so that pages are whole while others are being made. Pages learn that they have
changed from ``/evenements/<page>`` (server-sent events: the version of the page, at once and whenever it changes),
through ``/direct.js``, which is added to them here: what is published knows nothing of it.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markupsafe import escape

ADRESSE = "127.0.0.1"
TOUTES = "*"
"""In the place of a page's name: every page."""
SILENCE = 5  # seconds; then a page that is gone is noticed
_MODELES = files("rapport.preview")
_ARTICLE = re.compile(rb"(<article>)(.*?)(</article>)", re.DOTALL)
_VIDE = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Rapport d’activité</title></head>'
    "<body><main><article><h1>Rapport d’activité</h1><p>Cette page n’existe pas, ou pas encore.</p></article></main>"
    "</body></html>"
).encode()


class Serveur(ThreadingHTTPServer):
    """Serves one edition under ``/<year>/``, to this machine only. Raises OSError if `port` is taken (0: any)."""

    daemon_threads = True

    def __init__(self, annee: int, port: int):
        self.annee, self._change = annee, threading.Condition()
        self._fichiers: dict[str, bytes] = {}
        self._commun = b""  # digest of what all pages use
        self._regardees: Counter[str] = Counter()
        self.montrer({}, {}, {})
        super().__init__((ADRESSE, port), _Reponse)

    @property
    def adresse(self) -> str:
        return f"http://{ADRESSE}:{self.server_port}/{self.annee}/index.html"

    def montrer(self, fichiers: Mapping[str, bytes], echecs: Mapping[str, str], notes: Mapping[str, str]) -> None:
        """Show the files of an edition (their paths in its folder → content); the open pages that changed reload.

        `echecs`: page (or `TOUTES`) → what stands in its place; `notes`: what stands above its content. Plain text.
        """
        vus = dict(fichiers)
        modele = vus.get("index.html", _VIDE)
        pages = {nom.removesuffix(".html") for nom in vus if nom.endswith(".html") and "/" not in nom}
        for page in pages | ({"index"} | echecs.keys()) - {TOUTES}:
            nom = f"{page}.html"
            echec, note = (textes.get(page) or textes.get(TOUTES) for textes in (echecs, notes))
            if echec or note or nom not in vus:
                vus[nom] = _avec(vus.get(nom, modele), echec, note)
        commun = hashlib.sha256(b"".join(c for nom, c in sorted(vus.items()) if nom.startswith("_static/"))).digest()
        with self._change:
            self._fichiers, self._commun = vus, commun
            self._change.notify_all()

    def contenu(self, chemin: str) -> bytes | None:
        """What lies at the path of an address; None: nothing."""
        if chemin == "/direct.js":
            return _MODELES.joinpath("direct.js").read_bytes()
        if chemin == "/editions.js":
            pages = sorted(nom.removesuffix(".html") for nom in self._fichiers if nom.endswith(".html"))
            return f"window.EDITIONS = {json.dumps({self.annee: pages})};\n".encode()
        dossier = f"/{self.annee}/"
        with self._change:
            contenu = self._fichiers.get(chemin.removeprefix(dossier)) if chemin.startswith(dossier) else None
        return self.suivie(chemin, contenu) if contenu and chemin.endswith(".html") else contenu

    def suivie(self, chemin: str, contenu: bytes | None) -> bytes:
        """The page at the path of an address, which reloads when it is no longer `contenu` that is shown there (None:
        nothing is)."""
        nom = chemin.rpartition("/")[2].removesuffix(".html")
        donnees = f'data-page="{escape(nom)}" data-version="{self._version(contenu)}"'
        script = f'<script src="/direct.js" {donnees} defer></script></head>'
        return (contenu or _VIDE).replace(b"</head>", script.encode(), 1)

    def version(self, page: str) -> str:
        """What tells two states of a page apart."""
        return self._version(self._fichiers.get(f"{page}.html"))

    def _version(self, contenu: bytes | None) -> str:
        return hashlib.sha256(self._commun + (contenu or b"")).hexdigest()

    @contextmanager
    def regardee(self, page: str) -> Iterator[None]:
        """Somebody looks at `page` meanwhile."""
        with self._change:
            self._regardees[page] += 1
        try:
            yield
        finally:
            with self._change:
                self._regardees[page] -= 1

    def regardees(self) -> set[str]:
        """The pages that somebody looks at."""
        with self._change:
            return {page for page, nombre in self._regardees.items() if nombre > 0}

    def attendre(self, page: str, version: str | None) -> str:
        """The version of `page` that is shown, as soon as it is not `version`, or after `SILENCE`."""
        with self._change:
            self._change.wait_for(lambda: self.version(page) != version, SILENCE)
            return self.version(page)

    def handle_error(self, request, client_address) -> None:
        """A browser that leaves in the middle of an answer is no news."""


def _avec(page: bytes, echec: str | None, note: str | None) -> bytes:
    """`page` with a failure in the place of its content, or a note above it."""

    def article(trouve: re.Match) -> bytes:
        titre = "Cette page ne peut pas être faite" if echec else "À corriger sur cette page" if note else ""
        if not titre:
            return b"".join(trouve.groups())
        # Long lines must wrap, which <pre> does not without a style of its own.
        texte = str(escape(echec or note)).replace("\n", "<br>").replace("  ", "\N{NO-BREAK SPACE} ")
        alerte = f'<div role="alert"><h1>{titre}</h1><p><code>{texte}</code></p></div>'.encode()
        return trouve[1] + alerte + (b"" if echec else trouve[2]) + trouve[3]

    return _ARTICLE.sub(article, page, count=1)


def _entetes() -> list[tuple[str, str]]:
    """The headers that the published site recommends."""
    lignes = _MODELES.joinpath("_headers").read_text(encoding="utf-8").splitlines()
    return [tuple(ligne.strip().split(": ", 1)) for ligne in lignes if ": " in ligne]


class _Reponse(BaseHTTPRequestHandler):
    server: Serveur

    def do_GET(self) -> None:
        chemin = unquote(urlsplit(self.path).path)
        if chemin.startswith("/evenements/"):
            with self.server.regardee(page := chemin.removeprefix("/evenements/")):
                return self._evenements(page)
        if chemin in ("/", f"/{self.server.annee}", f"/{self.server.annee}/"):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", self.server.adresse)
            return self.end_headers()
        contenu = self.server.contenu(chemin)
        self.send_response(HTTPStatus.NOT_FOUND if contenu is None else HTTPStatus.OK)
        genre = mimetypes.guess_type(Path(chemin).name)[0] or "application/octet-stream"
        if contenu is None:
            contenu, genre = self.server.suivie(chemin, None), "text/html"
        texte = genre.startswith("text/") or genre.endswith(("javascript", "json", "svg+xml"))
        self.send_header("Content-Type", f"{genre}; charset=utf-8" if texte else genre)
        self.send_header("Content-Length", str(len(contenu)))
        self.end_headers()
        self.wfile.write(contenu)

    def _evenements(self, page: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"retry: 500\n\n")
        version = None
        while True:
            nouvelle = self.server.attendre(page, version)
            self.wfile.write(b":\n\n" if nouvelle == version else f"data: {nouvelle}\n\n".encode())
            version = nouvelle

    def end_headers(self) -> None:
        for nom, valeur in _entetes():
            self.send_header(nom, valeur)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_) -> None:
        """What the browser asks for is no news."""


def lire(dossier: Path) -> dict[str, bytes]:
    """The files of a folder: path in it → content."""
    chemins = dossier.rglob("*") if dossier.is_dir() else ()
    return {chemin.relative_to(dossier).as_posix(): chemin.read_bytes() for chemin in chemins if chemin.is_file()}
