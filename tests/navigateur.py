"""What the tests of the published pages share: a server with the site's headers, Chromium, its screens."""

from __future__ import annotations

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ECRANS = {"bureau": {"width": 1280, "height": 900}, "telephone": {"width": 390, "height": 844}}

DANS_UN_NAVIGATEUR = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="aucun Chromium installé : les pages ne sont pas essayées"),
]


def pages_de(site: Path, annee: int) -> list[str]:
    return sorted(p.stem for p in (site / str(annee)).glob("*.html"))


class Serveur(ThreadingHTTPServer):
    """Serves the site with the headers that it ships."""

    daemon_threads = True

    def __init__(self, site: Path):
        lignes = (site / "_headers").read_text(encoding="utf-8").splitlines()[1:]
        entetes = [ligne.strip().split(": ", 1) for ligne in lignes if ligne.strip()]

        class Reponse(SimpleHTTPRequestHandler):
            def end_headers(self):
                for nom, valeur in entetes:
                    self.send_header(nom, valeur)
                super().end_headers()

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), partial(Reponse, directory=str(site)))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def adresse(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"
