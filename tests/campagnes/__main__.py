"""The long rounds: figures on the terminal, and in a JSON file. ``make campagne``."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path

from outils import RACINE

from campagnes import GRAINE, NOMS, SEULE, mener


def conduire(nom: str, nombre: int | None, graine: int) -> dict:
    """Run one campaign, and tell each fault as it is found; returns its figures."""

    def dire(essai) -> None:
        if essai.defauts:
            print(f"  ✗ {nom} {essai.cas} : {' ; '.join(essai.defauts)}", flush=True)

    campagne = import_module(f"campagnes.{nom}")
    print(f"{campagne.TITRE}…", flush=True)
    with tempfile.TemporaryDirectory(prefix="c", ignore_cleanup_errors=True) as dossier:
        return mener(nom, nombre or campagne.LONG, Path(dossier), graine, dire)


def main() -> int:
    lecteur = argparse.ArgumentParser(description="Mène les campagnes d’essais, en entier.")
    lecteur.add_argument("campagnes", nargs="*", default=NOMS, metavar="CAMPAGNE", help=", ".join(NOMS))
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    lecteur.add_argument("--nombre", type=int, help="le nombre d’essais de chaque campagne")
    lecteur.add_argument("--sortie", type=Path, default=RACINE / "_build" / "campagne.json")
    demande = lecteur.parse_args()
    chiffres = []

    def noter(fait: dict) -> None:
        chiffres.append(fait)
        print(f"{fait['titre']} : {fait['essais']} essais, {fait['en défaut']} en défaut, {fait['secondes']} s")
        for cas, mesures in fait["mesures"].items():
            print(f"  {cas} : " + ", ".join(f"{nom} {valeur}" for nom, valeur in mesures.items()), flush=True)
        demande.sortie.parent.mkdir(parents=True, exist_ok=True)
        demande.sortie.write_text(json.dumps(chiffres, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    with ProcessPoolExecutor(os.cpu_count()) as equipe:
        ensemble = [nom for nom in demande.campagnes if nom != SEULE]
        for fini in as_completed([equipe.submit(conduire, nom, demande.nombre, demande.graine) for nom in ensemble]):
            noter(fini.result())
    if SEULE in demande.campagnes:
        noter(conduire(SEULE, demande.nombre, demande.graine))
    return any(fait["en défaut"] for fait in chiffres)


if __name__ == "__main__":
    raise SystemExit(main())
