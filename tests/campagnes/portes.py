"""Doors: `serve` answers its own machine alone and never hangs; what is written in `data/` never becomes code."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from donnees_minimales import ecrire as ecrire_donnees
from outils import attendre

from campagnes import Atelier, Essai
from rapport.chapitre.prose import ErreurDeTexte, rendre
from rapport.donnees.edition import Edition

TITRE = "Portes : personne n’entre, aucun texte n’est du code"
COURT, LONG = 60, 200

CHEMINS = [
    "/2023/../_config.yml", "/2023/../../_config.yml", "/2023/%2e%2e/%2e%2e/_config.yml", "/2023/..%2f..%2f_config.yml",
    "/2023/..%5c..%5c_config.yml", "//etc/passwd", "/2023//etc/passwd", "/2023/%00index.html", "/../../etc/passwd",
    "/2023/....//....//_config.yml", "/2023/_static/../../../../data/2023/indicateurs.csv",
    "/2023/.", "/2023/index.html/..", "/2023/%252e%252e/_config.yml", "/chapters/index.ipynb", "/data/2023/indicateurs.csv",
    "/_build/.verrou", "/2023/\udcff", "http://ailleurs.example/2023/", "file:///etc/passwd", "*",
]  # fmt: skip
REFUSEES = {
    "nom d’ailleurs": {"Host": "ailleurs.example"}, "nom d’ailleurs avec le port": {"Host": "ailleurs.example:{port}"},
    "nom qui commence comme ici": {"Host": "127.0.0.1.ailleurs.example"}, "sans nom": {"Host": None},
    "origine d’ailleurs": {"Origin": "http://ailleurs.example"}, "origine nulle": {"Origin": "null"},
}  # fmt: skip
ADMISES = {
    "adresse": {}, "localhost": {"Host": "localhost:{port}"}, "port transmis": {"Host": "localhost:9999"},
    "origine d’ici": {"Origin": "http://127.0.0.1:{port}"},
}  # fmt: skip
TEXTES = [
    "{{ ''.__class__.__mro__ }}", "{{ ed.__class__ }}", "{{ ed.table.__globals__ }}", "{{ ed|attr('__class__') }}",
    "{{ ed|attr('table')|attr('__globals__') }}", "{{ '{0.__class__}'.format(ed) }}", "{{ '%s' % ed.__dict__ }}",
    "{{ ed.donnees }}", "{{ ed.donnees.dossier }}", "{{ ed.donnees.dossier.joinpath('/etc/passwd').read_text() }}",
    "{{ ed.table('visites').to_csv('/tmp/x') }}", "{{ ed.table('visites').eval('1+1') }}", "{{ ed.table('visites').query('@x') }}",
    "{{ ed.table('visites').to_pickle('/tmp/x') }}", "{{ ed.table('visites').visites.map(ed.table) }}",
    "{% include '/etc/passwd' %}", "{% import 'os' as os %}", "{% extends 'x' %}", "{{ self.__init__ }}",
    "{{ cycler.__init__.__globals__ }}", "{{ lipsum.__globals__ }}", "{{ joiner.__init__ }}", "{{ namespace.__init__ }}",
    "{{ [].append(1) }}", "{{ range(1000000000) | list }}", "{{ ed|map(attribute='__class__')|list }}", "{{ ed['__class__'] }}",
    "{{ (ed.serie).__func__ }}", "{{ ''.join.__self__.__class__ }}", "{{ ed.annee.__class__.__base__ }}", "{{ open('/etc/passwd') }}",
    "{{ __import__('os') }}", "{% set x = ed.__class__ %}{{ x }}", "{% for x in ed.__dict__ %}{{ x }}{% endfor %}",
]  # fmt: skip


class Porte(Atelier):
    """A `serve` that runs."""

    def ouvrir(self) -> None:
        self.commande = self.lancer("serve", "--port", "0", env={"PYTHONUNBUFFERED": "1"})
        attendre(lambda: "Ctrl-C" in self.commande.texte or self.commande.code is not None)
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", self.commande.texte)[1])

    def demander(self, octets: bytes, delai: float = 20) -> bytes:
        """The beginning of what is answered to bytes sent as they are."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=delai) as prise:
            prise.sendall(octets)
            return prise.recv(65536)

    def page(
        self, chemin: str = "/2023/index.html", entetes: dict[str, str | None] | None = None, verbe="GET"
    ) -> bytes:
        voulus = {"Host": f"127.0.0.1:{self.port}", **(entetes or {}), "Connection": "close"}
        lignes = [f"{nom}: {valeur.format(port=self.port)}" for nom, valeur in voulus.items() if valeur is not None]
        tete = f"{verbe} {chemin} HTTP/1.0\r\n" + "\r\n".join(lignes) + "\r\n\r\n"
        return self.demander(tete.encode("utf-8", "surrogateescape"))

    def defauts(self) -> Iterator[str]:
        if b" 200 " not in self.page()[:20]:
            yield "ne répond plus"
        yield from (f for f in [self.commande.texte] if "Traceback" in f)


def fermee(porte: Porte, reponse: bytes) -> Iterator[str]:
    if b" 200 " in reponse[:20]:
        yield f"répond : {reponse[:60]!r}"
    yield from porte.defauts()


def lente(porte: Porte) -> Iterator[str]:
    """Fifty visitors who say half of what they want."""
    prises = [socket.create_connection(("127.0.0.1", porte.port)) for _ in range(50)]
    for prise in prises:
        prise.sendall(b"GET /2023/index.html HTTP/1.1\r\nHost: 127.0")
    yield from porte.defauts()
    for prise in prises:
        prise.close()


def texte(dossier: Path, gabarit: str) -> Iterator[str]:
    """A text of the data is not rendered if it wants more than words and numbers."""
    ed = Edition(2023, dossier)
    try:
        rendu = rendre(gabarit, {"ed": ed, "annee": 2023}, des_donnees=True)
    except (ErreurDeTexte, OverflowError, LookupError):
        return
    except Exception as erreur:
        yield f"{type(erreur).__name__} : {erreur}"
        return
    yield f"composé : {str(rendu)[:80]}"


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    donnees = ecrire_donnees(dossier / "d")
    (dossier / "a").mkdir()
    porte = Porte(dossier / "a")
    porte.ouvrir()
    cas: list[tuple[str, Callable[[], Iterator[str]]]] = []
    for chemin in CHEMINS:
        cas.append((f"chemin {chemin!r}", lambda c=chemin: fermee(porte, porte.page(c))))
    for nom, entetes in REFUSEES.items():
        cas.append((f"refusée : {nom}", lambda e=entetes: fermee(porte, porte.page(entetes=e))))
    for nom, entetes in ADMISES.items():
        cas.append(
            (f"admise : {nom}", lambda e=entetes: () if b" 200 " in porte.page(entetes=e)[:20] else ("refusée",))
        )
    for verbe in ("POST", "PUT", "DELETE", "TRACE", "CONNECT", "COUCOU"):
        cas.append((f"verbe {verbe}", lambda v=verbe: fermee(porte, porte.page(verbe=v))))
    for nom, octets in {
        "ligne de 100 Ko": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        "en-tête de 100 Ko": b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        "mille en-têtes": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        "octets au hasard": bytes(range(256)) + b"\r\n\r\n",
        "ligne vide": b"\r\n\r\n",
        "version absurde": b"GET / HTTP/9.9\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200 + b"\r\n\r\n",
    }.items():
        cas.append((nom, lambda o=octets: fermee(porte, porte.demander(o))))
    cas.append(("cinquante visiteurs lents", lambda: lente(porte)))
    for gabarit in TEXTES:
        cas.append((f"texte {gabarit}", lambda g=gabarit: texte(donnees, g)))
    hasard.shuffle(cas)
    for nom, juger in cas[: nombre - 1]:
        try:
            defauts = tuple(juger())
        except OSError as erreur:  # a door that is closed without a word is closed
            defauts = () if isinstance(erreur, ConnectionError) else (f"{type(erreur).__name__} : {erreur}",)
        yield Essai(nom, defauts)
    porte.commande.processus.send_signal(signal.SIGINT)
    porte.commande.finir()
    yield Essai("arrêt", tuple(porte.commande.defauts()))
