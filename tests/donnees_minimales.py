"""The smallest data folder that has every kind of file, to break one thing at a time."""

from __future__ import annotations

from pathlib import Path

SOURCE = """\
  - name: source
    title: Source
    description: Code de la source.
    type: string
    constraints: {required: true}
"""
CODE = """\
  - name: code
    title: Code
    description: Identifiant stable, en minuscules sans accent.
    type: string
    constraints: {required: true, pattern: "[a-z0-9]+(_[a-z0-9]+)*"}
  - name: libelle
    title: Libellé
    description: Intitulé.
    type: string
    constraints: {required: true, unique: true}
"""

FICHIERS = {
    "2022/visites.csv": """\
site,visites,part_pct,source
siege,18309,74.36,ra2023
pamiers,3094,NC,ra2023
""",
    "2023/edition.yaml": """\
statut: définitive
publication: 2024-06-30
""",
    "2023/textes/edito.md": """\
## message

L’année écoulée.
""",
    "2023/indicateurs.csv": """\
code,valeur,source
appels,20151,ra2023
satisfaction_pct,87.19,ra2023
solde_eur,-12.5,ra2023
""",
    "2023/visites.csv": """\
site,visites,part_pct,source
siege,17392,72.2,ra2023
lavelanet,1537,6.38,ra2023
pamiers,3353,13.92,ra2023
""",
    "2023/prestations.csv": """\
prestation,montant_eur,versement,source,note
paje,17324016.13,2023-12-31,ra2023,
rsa_activite,-35.5,2023-12-31,ra2023,Des régularisations seulement.
ars,4634773.37,2023-08-17,ra2023,"Versée en août, pour la rentrée."
""",
    "2023/agents.csv": """\
site,contrat,agents,source
siege,cdi,107,ra2023
siege,cdd,10,ra2023
pamiers,cdi,4,ra2023
""",
    "nomenclatures/sites.csv": """\
code,libelle,parent
siege,Siège,
lavelanet,Lavelanet,siege
pamiers,Pamiers,siege
saint_girons,Saint-Girons,siege
""",
    "nomenclatures/prestations.csv": """\
code,libelle,negatif_admis
paje,Prestation d’accueil du jeune enfant,non
rsa_activite,RSA « activité »,oui
ars,Allocation de rentrée scolaire,non
""",
    "nomenclatures/sources.csv": """\
code,document,page,section
ra2023,Rapport d’activité 2023,11,L’accueil
""",
    "nomenclatures/indicateurs.csv": """\
code,libelle,unite,decimales,minimum,maximum
appels,Appels traités,appels,0,,30000
satisfaction_pct,Allocataires satisfaits,%,2,,
solde_eur,Solde,€,2,-100,
""",
    "schemas/visites.yaml": f"""\
title: Visites
description: Une ligne par lieu d’accueil.
obligatoire: true
fields:
  - {{name: site, title: Lieu, description: Code., type: string, constraints: {{required: true}}}}
  - name: visites
    title: Visites
    description: Nombre de visites.
    type: integer
    unite: visites
    decimales: 0
    constraints: {{minimum: 0, maximum: 100000}}
  - {{name: part_pct, title: Part, type: number, unite: "%", decimales: 2, constraints: {{maximum: 100, minimum: 0}}}}
{SOURCE}\
primaryKey: [site]
foreignKeys:
  - {{fields: [site], reference: {{resource: nomenclatures/sites, fields: [code]}}}}
  - {{fields: [source], reference: {{resource: nomenclatures/sources, fields: [code]}}}}
missingValues: [NC, NS, ND]
""",
    "schemas/prestations.yaml": f"""\
title: Prestations
description: Une ligne par prestation.
fields:
  - {{name: prestation, title: Prestation, description: Code., type: string, constraints: {{required: true}}}}
  - name: montant_eur
    title: Montant
    description: Montant versé.
    type: number
    unite: "€"
    decimales: 2
    constraints: {{required: true, minimum: 0}}
  - {{name: versement, title: Versement, description: Date., type: date}}
{SOURCE}\
  - {{name: note, title: Note, description: Facultative., type: string}}
primaryKey: [prestation]
foreignKeys:
  - {{fields: [prestation], reference: {{resource: nomenclatures/prestations, fields: [code]}}}}
  - {{fields: [source], reference: {{resource: nomenclatures/sources, fields: [code]}}}}
missingValues: [NC, NS, ND]
""",
    "schemas/agents.yaml": f"""\
title: Agents
description: Une ligne par lieu et par contrat.
fields:
  - {{name: site, title: Lieu, description: Code., type: string, constraints: {{required: true}}}}
  - {{name: contrat, title: Contrat, description: cdi ou cdd., type: string, constraints: {{enum: [cdi, cdd]}}}}
  - {{name: agents, title: Agents, description: Nombre., type: integer, constraints: {{minimum: 0}}}}
{SOURCE}\
primaryKey: [site, contrat]
foreignKeys:
  - {{fields: [site], reference: {{resource: nomenclatures/sites, fields: [code]}}}}
  - {{fields: [source], reference: {{resource: nomenclatures/sources, fields: [code]}}}}
missingValues: [NC, NS, ND]
""",
    "schemas/indicateurs.yaml": f"""\
title: Indicateurs
description: Une ligne par indicateur.
fields:
  - {{name: code, title: Code, description: Code., type: string, constraints: {{required: true}}}}
  - {{name: valeur, title: Valeur, description: Valeur., type: number, constraints: {{required: true}}}}
{SOURCE}\
primaryKey: [code]
foreignKeys:
  - {{fields: [code], reference: {{resource: nomenclatures/indicateurs, fields: [code]}}}}
  - {{fields: [source], reference: {{resource: nomenclatures/sources, fields: [code]}}}}
missingValues: [NC, NS, ND]
""",
    "schemas/nomenclatures/sites.yaml": f"""\
title: Lieux
description: Lieux d’accueil.
fields:
{CODE}\
  - {{name: parent, title: Rattachement, description: Code du lieu dont celui-ci dépend., type: string}}
primaryKey: [code]
foreignKeys:
  - {{fields: [parent], reference: {{resource: nomenclatures/sites, fields: [code]}}}}
missingValues: [""]
""",
    "schemas/nomenclatures/prestations.yaml": f"""\
title: Prestations
description: Prestations légales.
fields:
{CODE}\
  - name: negatif_admis
    title: Négatif admis
    description: oui ou non.
    type: string
    constraints: {{required: true, enum: [oui, non]}}
primaryKey: [code]
missingValues: [""]
""",
    "schemas/nomenclatures/sources.yaml": """\
title: Sources
description: Documents.
fields:
  - name: code
    title: Code
    description: Identifiant stable, en minuscules sans accent.
    type: string
    constraints: {required: true, pattern: "[a-z0-9]+(-[a-z0-9]+)*"}
  - {name: document, title: Document, description: Titre., type: string, constraints: {required: true}}
  - {name: page, title: Page, description: Page., type: integer, constraints: {required: true, minimum: 1}}
  - {name: section, title: Section, description: Section., type: string, constraints: {required: true}}
primaryKey: [code]
missingValues: [""]
""",
    "schemas/nomenclatures/indicateurs.yaml": f"""\
title: Indicateurs
description: Ce que signifie chaque code.
fields:
{CODE}\
  - {{name: unite, title: Unité, description: Unité., type: string, constraints: {{required: true}}}}
  - {{name: decimales, title: Décimales, description: Nombre., type: integer, constraints: {{required: true}}}}
  - {{name: minimum, title: Minimum, description: Vide, zéro., type: number}}
  - {{name: maximum, title: Maximum, description: Vide, aucun., type: number}}
primaryKey: [code]
missingValues: [""]
""".replace("Vide, ", "Vide ou "),
}


def ecrire(dossier: Path) -> Path:
    """Write the folder ``data`` in ``dossier``; returns it."""
    for nom, contenu in FICHIERS.items():
        chemin = dossier / "data" / nom
        chemin.parent.mkdir(parents=True, exist_ok=True)
        chemin.write_text(contenu, encoding="utf-8")
    return dossier / "data"
