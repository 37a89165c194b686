"""Load: many visitors while pages change, many editions, tables of hundreds of thousands of rows.

It works, nothing is said without end, and the time and memory it takes are told.
"""

from __future__ import annotations

import contextlib
import http.client
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import psutil
from outils import LIT, PARAMETRES, attendre, code, dire, md

from campagnes import Atelier, Commande, Essai
from campagnes.portes import Porte

TITRE = "Charge : visiteurs, éditions et lignes par centaines"
COURT, LONG = 1, 5

VISITEURS, PAGES = 200, 10
LIGNES = 200_000
SCHEMA = """\
title: Mesures
description: Une ligne par mesure.
fields:
  - {name: rang, title: Rang, description: Rang de la mesure., type: integer, constraints: {required: true}}
  - {name: mesure, title: Mesure, description: Ce qui est mesuré., type: integer, unite: visites, decimales: 0, constraints: {minimum: 0}}
  - {name: source, title: Source, description: Code de la source., type: string, constraints: {required: true}}
primaryKey: [rang]
foreignKeys: [{fields: [source], reference: {resource: nomenclatures/sources, fields: [code]}}]
missingValues: [NC, NS, ND]
"""
LIT_TOUT = code(
    'from rapport.chapitre import markdown, ouvrir\n\nlues = ouvrir(annee, donnees).table("mesures")\nmarkdown(f"{len(lues)} mesures, {lues.mesure.sum()} visites")'
)


def suivre(commande: Commande) -> tuple[float, float]:
    """Wait for a command's end; how long it took (s) and the most memory (MiB) that its processes had at a time."""
    debut, haut = time.monotonic(), 0.0
    while commande.code is None and time.monotonic() - debut < 600:
        somme = 0
        for pid in commande.vivants():
            with contextlib.suppress(psutil.Error):
                somme += psutil.Process(pid).memory_full_info().pss
        haut = max(haut, somme / 2**20)
        time.sleep(0.1)
    commande.finir(1)
    return time.monotonic() - debut, haut


def visites(dossier: Path) -> Essai:
    """200 visitors at a time, each of ten pages, while a value changes and its page is made anew."""
    porte = Porte(dossier)
    porte.projet.chapitre("premier", md("# Premier\n% données : visiteurs"), PARAMETRES, LIT, dire('f"lu {lu}"'))
    porte.ouvrir()
    table, delais, manques = porte.projet.racine / "data" / "2023" / "indicateurs.csv", [], []
    fini = threading.Event()

    def retoucher() -> None:
        for valeur in range(13, 1000):
            if fini.wait(0.5):
                return
            neuve = dossier / "neuve.csv"
            neuve.write_text(f"code,valeur,source,note\nvisiteurs,{valeur},r,\nrares,1,r,\n", encoding="utf-8")
            neuve.replace(table)

    def visiter(numero: int) -> None:
        for tour in range(PAGES):
            chemin, debut = f"/2023/{('index', 'premier', 'second')[(numero + tour) % 3]}.html", time.monotonic()
            try:
                liaison = http.client.HTTPConnection("127.0.0.1", porte.port, timeout=60)
                liaison.request("GET", chemin)
                reponse = liaison.getresponse()
                page = reponse.read()
                liaison.close()
                if reponse.status != 200 or not page.rstrip().endswith(b"</html>"):
                    manques.append(f"{chemin} : {reponse.status}, {len(page)} octets")
            except (OSError, http.client.HTTPException) as erreur:
                manques.append(f"{chemin} : {type(erreur).__name__} : {erreur}")
            delais.append(time.monotonic() - debut)

    plume = threading.Thread(target=retoucher)
    plume.start()
    with ThreadPoolExecutor(VISITEURS) as visiteurs:
        list(visiteurs.map(visiter, range(VISITEURS)))
    fini.set()
    plume.join()
    dernier = table.read_text(encoding="utf-8").split("visiteurs,")[1].split(",")[0]
    vue = attendre_page(porte, f"lu {dernier}")
    defauts = [*manques[:3], *([] if vue else [f"la dernière valeur, {dernier}, n’est pas montrée"]), *porte.defauts()]
    porte.commande.processus.send_signal(signal.SIGINT)
    porte.commande.finir()
    defauts += porte.commande.defauts()
    ordre = sorted(delais)
    mesures = {
        "pages demandées": len(delais),
        "délai médian (ms)": round(1000 * statistics.median(ordre)),
        "délai de 99 pages sur 100 (ms)": round(1000 * ordre[int(0.99 * len(ordre))]),
    }
    return Essai(f"serve : {VISITEURS} visiteurs à la fois pendant qu’il reconstruit", tuple(defauts), mesures)


def attendre_page(porte: Porte, valeur: str) -> bool:
    with contextlib.suppress(AssertionError, TimeoutError):
        attendre(lambda: valeur.encode() in entiere(porte, "/2023/premier.html"))
        return True
    return False


def entiere(porte: Porte, chemin: str) -> bytes:
    liaison = http.client.HTTPConnection("127.0.0.1", porte.port, timeout=60)
    liaison.request("GET", chemin)
    return liaison.getresponse().read()


def lignes(dossier: Path, justes: bool) -> Essai:
    """A table of 200 000 rows, checked and shown; or refused, every row wrong, in a few lines."""
    atelier = Atelier(dossier)
    projet = atelier.projet
    projet.donnee("schemas", "mesures.yaml", SCHEMA)
    projet.chapitre("premier", md("# Premier\n% données : mesures"), PARAMETRES, LIT_TOUT)
    valeur = "{}" if justes else "x{}"
    rangs = "".join(f"{rang},{valeur.format(rang % 97)},r\n" for rang in range(LIGNES))
    projet.donnee(2023, "mesures.csv", "rang,mesure,source\n" + rangs)
    commande = atelier.lancer("build", "2023", "--no-pdf")
    duree, memoire = suivre(commande)
    defauts = list(commande.defauts())
    if (commande.code == 0) is not justes:
        defauts.append(f"code {commande.code} : {commande.texte[-300:]}")
    if not justes and (len(commande.texte) > 20_000 or "mesures.csv" not in commande.texte):
        defauts.append(f"{len(commande.texte)} caractères : {commande.texte[:300]}")
    mesures = {"secondes": round(duree, 1), "mémoire (Mio)": round(memoire), "caractères dits": len(commande.texte)}
    return Essai(f"{LIGNES} lignes {'justes' if justes else 'fausses'}", tuple(defauts), mesures)


def editions(dossier: Path, nombre: int) -> Essai:
    """As many editions, built at once from nothing."""
    atelier = Atelier(dossier)
    for annee in range(2024, 2024 + nombre - 2):
        atelier.projet.donnee(annee, "edition.yaml", "statut: définitive\npublication: ND\n")
        atelier.projet.donnee(annee, "indicateurs.csv", f"code,valeur,source,note\nvisiteurs,{annee},r,\n")
    commande = atelier.lancer("build", "--all", "--no-pdf", "--jobs", "2")
    duree, memoire = suivre(commande)
    defauts = [*commande.defauts(), *([] if commande.code == 0 else [commande.texte[-300:]])]
    mesures = {"secondes par édition": round(duree / nombre, 2), "mémoire (Mio)": round(memoire)}
    return Essai(f"{nombre} éditions", tuple(defauts), mesures)


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    cas = [
        visites,
        lambda d: lignes(d, justes=False),
        lambda d: lignes(d, justes=True),
        lambda d: editions(d, 10),
        lambda d: editions(d, 50),
    ]
    for rang, essai in enumerate(cas[:nombre]):
        (dossier / str(rang)).mkdir()
        yield essai(dossier / str(rang))
