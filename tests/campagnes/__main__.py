"""The long rounds: figures on the terminal, and in a JSON file. ``make campagne``."""

from __future__ import annotations

import argparse
import json
import tempfile
from importlib import import_module
from pathlib import Path

from outils import RACINE

from campagnes import GRAINE, NOMS, mener

lecteur = argparse.ArgumentParser(description="Mène les campagnes d’essais, en entier.")
lecteur.add_argument("campagnes", nargs="*", default=NOMS, metavar="CAMPAGNE", help=", ".join(NOMS))
lecteur.add_argument("--graine", type=int, default=GRAINE)
lecteur.add_argument("--nombre", type=int, help="le nombre d’essais de chaque campagne")
lecteur.add_argument("--sortie", type=Path, default=RACINE / "_build" / "campagne.json")
demande = lecteur.parse_args()

chiffres = []
for nom in demande.campagnes:
    campagne = import_module(f"campagnes.{nom}")
    print(f"{campagne.TITRE}…", flush=True)
    with tempfile.TemporaryDirectory(prefix="c", ignore_cleanup_errors=True) as dossier:
        dire = lambda essai: essai.defauts and print(f"  ✗ {essai.cas} : {' ; '.join(essai.defauts)}", flush=True)  # noqa: E731
        fait = mener(nom, demande.nombre or campagne.LONG, Path(dossier), demande.graine, dire)
    chiffres.append(fait)
    for cas, mesures in fait["mesures"].items():
        print(f"  {cas} : " + ", ".join(f"{nom} {valeur}" for nom, valeur in mesures.items()), flush=True)
    print(f"  {fait['essais']} essais, {fait['en défaut']} en défaut, {fait['secondes']} s", flush=True)
    demande.sortie.parent.mkdir(parents=True, exist_ok=True)
    demande.sortie.write_text(json.dumps(chiffres, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
raise SystemExit(any(fait["en défaut"] for fait in chiffres))
