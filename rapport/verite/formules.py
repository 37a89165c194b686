"""The language of formulas: how a published figure is recomputed, how an identity is stated.

A formula is a small subset of Python expressions, parsed with :mod:`ast` and never executed:

- addresses (:mod:`rapport.donnees.adresse`), ``publie.code`` for a published figure (identities only), plain numbers;
- ``total(table.colonne)``, ``compte(table)``, ``compte(nomenclatures.nom)``, each with ``attribut='valeur'`` filters;
- ``evolution(x)`` and ``ecart(x)`` against the year before, ``part(a, b)`` in percent, ``en(2020, x)`` in that year;
- ``+``, ``-``, ``*``, ``/`` (or ``−``, ``×``, ``÷``) and parentheses.

:func:`lire` checks every name against the schemas and the nomenclatures before anything is computed.
"""

import ast
import operator
import re
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal

import numpy as np
import pandas as pd

from rapport.controle.erreurs import cite
from rapport.donnees.adresse import FIGEES, Adresse, AdresseInconnue, remede
from rapport.donnees.edition import Edition
from rapport.donnees.schemas import NOMENCLATURES, Schema
from rapport.nombres import calculs
from rapport.nombres.nombre import Nombre

Calcul = Callable[[int], Nombre]
"""A formula, read: year → number, missing (ND) for a year without the data."""

OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
FONCTIONS = ("total", "compte", "evolution", "ecart", "part", "en")
EXEMPLES = "table.clé.colonne ou un code d’indicateur"


class FormuleInvalide(ValueError):
    """A formula that cannot be read, in French: what was expected, what is found at ``position`` (from 1), the cure."""

    def __init__(self, position: int, attendu: str, trouve: str, message: str):
        super().__init__(f"caractère {position} : {attendu}, trouvé {trouve}. {message}")
        self.position, self.attendu, self.trouve, self.message = position, attendu, trouve, message


def lire(texte: str, ed: Edition, publies: bool = False) -> Calcul:
    """The computation that ``texte`` describes, on the data of ``ed``.

    ``publies``: whether it may refer to published figures, as identities do (a derived figure is no input).
    Raises :class:`FormuleInvalide`.
    """
    return _Lecteur(texte, ed, publies).calcul()


class _Lecteur:
    def __init__(self, texte: str, ed: Edition, publies: bool):
        # Signs of the keyboard for signs of print, character for character; texts in quotes are left alone.
        signes = {"−": "-", "×": "*", "÷": "/"}
        self.texte = re.sub(r"'[^']*'|\"[^\"]*\"|[−×÷]", lambda m: signes.get(m[0], m[0]), texte)
        self.ed, self.publies = ed, publies
        self.schemas = ed.donnees.schemas

    def calcul(self) -> Calcul:
        try:
            arbre = ast.parse(self.texte, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as erreur:
            courbe = re.search("[’‘“”«»]", self.texte)
            position = courbe.start() + 1 if courbe else getattr(erreur, "offset", None) or 1
            message = "Écrivez les guillemets droits : '…'." if courbe else "Vérifiez parenthèses, virgules et signes."
            trouve = cite(self.texte[position - 1 :]) if self.texte[position - 1 :] else "la fin du texte"
            raise FormuleInvalide(position, "formule attendue", trouve, message) from None
        return self._expression(arbre.body)

    def _erreur(self, noeud: ast.AST, attendu: str, message: str, trouve: str | None = None) -> FormuleInvalide:
        """What is found in place of ``attendu`` is the text of the node, or a part of it (``trouve``)."""
        position = len(self.texte.encode()[: noeud.col_offset].decode()) + 1
        trouve = ast.get_source_segment(self.texte, noeud) if trouve is None else trouve
        return FormuleInvalide(position, attendu, cite(trouve), message)

    def _inconnu(self, noeud: ast.AST, attendu: str, nom: str, choix: Iterable[str]) -> FormuleInvalide:
        return self._erreur(noeud, attendu, remede(nom, choix), nom)

    def _expression(self, noeud: ast.expr) -> Calcul:
        match noeud:
            case ast.BinOp(left=gauche, op=signe, right=droite) if type(signe) in OPERATIONS:
                operation, a, b = OPERATIONS[type(signe)], self._expression(gauche), self._expression(droite)
                return lambda annee: operation(a(annee), b(annee))
            case ast.UnaryOp(op=ast.USub(), operand=operande):
                a = self._expression(operande)
                return lambda annee: -a(annee)
            case ast.Constant(value=int() | float()) if not isinstance(noeud.value, bool):
                constante = Decimal(ast.get_source_segment(self.texte, noeud).replace("_", ""))
                return lambda annee: Nombre(constante, decimales=max(0, -constante.as_tuple().exponent))
            case ast.Attribute() | ast.Name():
                return self._reference(noeud)
            case ast.Call(func=ast.Name(id=nom)):
                if nom not in FONCTIONS:
                    raise self._inconnu(noeud.func, "fonction connue attendue", nom, FONCTIONS)
                return getattr(self, f"_{nom}")(noeud)
        raise self._erreur(noeud, "valeur attendue", f"Écrivez {EXEMPLES}, un nombre ou une fonction.")

    # --- References ------------------------------------------------------------------------------------------------

    def _noms(self, noeud: ast.expr) -> list[str]:
        """``a.b.c`` as a list of names."""
        if isinstance(noeud, ast.Attribute):
            return [*self._noms(noeud.value), noeud.attr]
        if isinstance(noeud, ast.Name):
            return [noeud.id]
        raise self._erreur(noeud, "nom attendu", f"Écrivez {EXEMPLES}.")

    def _reference(self, noeud: ast.Attribute | ast.Name) -> Calcul:
        noms = self._noms(noeud)
        if noms[0] == "publie" and len(noms) == 2:
            return self._publie(noeud, noms[1])
        adresse = self._adresse(noeud)
        return lambda annee: self.ed[str(adresse), annee]

    def _adresse(self, noeud: ast.expr, colonne_entiere: bool = False) -> Adresse:
        """The address of a cell, or of a whole column."""
        try:
            adresse = Adresse.lire(".".join(self._noms(noeud)))
            adresse.verifier(self.schemas, self._admis, colonne_entiere)
        except AdresseInconnue as e:
            raise self._erreur(noeud, e.attendu, e.message, e.trouve) from None
        return adresse

    def _admis(self, schema: Schema, colonne: str) -> Collection[str]:
        """The codes that a key column may hold: those of its nomenclature, or else those met in any year."""
        return self.ed.donnees.admis(schema, colonne) or self.ed.donnees.rencontres(schema.name, colonne)

    def _publie(self, noeud: ast.Attribute, code: str) -> Calcul:
        if not self.publies:
            message = "Recalculez à partir des tables et des indicateurs : un chiffre publié n’est jamais une donnée."
            raise self._erreur(noeud, "donnée de base attendue", message)
        connus = self._admis(self.schemas["publie"], "code")
        if code not in connus:
            raise self._inconnu(noeud, "code de chiffre publié attendu", code, sorted(connus))
        return lambda annee: self.ed.publie(code, annee)

    def _table(self, nom: str, annee: int) -> pd.DataFrame | None:
        return self.ed.donnees.table(nom, annee) if self.ed.donnees.existe(nom, annee) else None

    # --- Functions -------------------------------------------------------------------------------------------------

    def _total(self, noeud: ast.Call) -> Calcul:
        argument = self._arguments(noeud, 1, filtres=True)[0]
        if len(self._noms(argument)) != 2:
            raise self._erreur(argument, "colonne d’une table attendue", "Écrivez total(table.colonne).")
        adresse = self._adresse(argument, colonne_entiere=True)
        garder = self._filtre(noeud, self.schemas[adresse.table])

        def somme(annee):
            table = self._table(adresse.table, annee)
            return Nombre.manquant() if table is None else calculs.total(table.loc[garder(table), adresse.colonne])

        return somme

    def _compte(self, noeud: ast.Call) -> Calcul:
        argument = self._arguments(noeud, 1, filtres=True)[0]
        match self._noms(argument):
            case ["nomenclatures", nom]:
                attendu, prefixe = "nomenclature connue attendue", NOMENCLATURES
            case [nom]:
                attendu, prefixe = "table connue attendue", ""
            case _:
                message = "Écrivez compte(table) ou compte(nomenclatures.nom)."
                raise self._erreur(argument, "table ou nomenclature attendue", message)
        genre = [n for n in self.schemas if n.startswith(NOMENCLATURES) == bool(prefixe) and n not in FIGEES]
        connues = [n.removeprefix(prefixe) for n in genre]
        if nom not in connues:
            raise self._inconnu(argument, attendu, nom, connues)
        schema = self.schemas[prefixe + nom]
        garder = self._filtre(noeud, schema)

        def lignes(annee):
            table = self.ed.donnees.nomenclature(nom, annee) if prefixe else self._table(nom, annee)
            return Nombre.manquant() if table is None else Nombre(int(garder(table).sum()), calcul="compte")

        return lignes

    def _evolution(self, noeud: ast.Call) -> Calcul:
        x = self._expression(self._arguments(noeud, 1)[0])
        return lambda annee: _evolution_exacte(x(annee), x(annee - 1))

    def _ecart(self, noeud: ast.Call) -> Calcul:
        x = self._expression(self._arguments(noeud, 1)[0])
        return lambda annee: calculs.ecart(x(annee), x(annee - 1))

    def _part(self, noeud: ast.Call) -> Calcul:
        a, b = map(self._expression, self._arguments(noeud, 2))
        return lambda annee: calculs.part(a(annee), b(annee), decimales=2)

    def _en(self, noeud: ast.Call) -> Calcul:
        fixe, x = self._arguments(noeud, 2)
        if not (isinstance(fixe, ast.Constant) and type(fixe.value) is int):
            raise self._erreur(fixe, "année attendue", "Écrivez en(2020, x).")
        expression = self._expression(x)
        return lambda annee: expression(fixe.value)

    def _arguments(self, noeud: ast.Call, nombre: int, filtres: bool = False) -> list[ast.expr]:
        if len(noeud.args) != nombre or (noeud.keywords and not filtres):
            attendu = f"{nombre} arguments attendus" if nombre > 1 else "1 argument attendu"
            attendu += ", puis des filtres attribut='valeur'" if filtres else ""
            raise self._erreur(noeud, attendu, "Vérifiez les virgules et les parenthèses.")
        return noeud.args

    def _filtre(self, noeud: ast.Call, schema) -> Callable[[pd.DataFrame], np.ndarray]:
        """The rows that the ``attribut='valeur'`` of a call keep: a boolean for each row of the table.

        An attribute is a column of the table, or else of the nomenclature of its first key.
        """
        cle = schema.primary_key[0]
        nomenclature = None if schema.est_nomenclature else schema.nomenclatures.get(cle)
        codes = self.ed.donnees.nomenclature(nomenclature) if nomenclature else pd.DataFrame()
        propres = [champ.name for champ in schema.fields]
        criteres = {}
        for mot in noeud.keywords:
            if mot.arg not in propres and mot.arg not in codes:
                choix = [*propres, *codes.columns]
                raise self._inconnu(mot.value, f"attribut de {cite(schema.name)} attendu", mot.arg or "**", choix)
            if not (isinstance(mot.value, ast.Constant) and isinstance(mot.value.value, str)):
                raise self._erreur(mot.value, "texte entre apostrophes attendu", f"Écrivez {mot.arg}='valeur'.")
            criteres[mot.arg] = mot.value.value
            admises = self._valeurs(schema, mot.arg) if mot.arg in propres else codes[mot.arg].tolist()
            if admises is not None and criteres[mot.arg] not in admises:
                raise self._inconnu(mot.value, f"valeur de {cite(mot.arg)} attendue", criteres[mot.arg], admises)

        def garder(table):
            gardees = np.ones(len(table), dtype=bool)
            for attribut, valeur in criteres.items():
                if attribut in table.index.names:
                    colonne = table.index.get_level_values(attribut)
                elif attribut in table:
                    colonne = table[attribut]
                else:
                    colonne = codes[attribut].reindex(table.index.get_level_values(cle))
                gardees &= np.asarray(colonne, dtype=object) == valeur
            return gardees

        return garder

    def _valeurs(self, schema, colonne: str) -> list[str] | None:
        """The values that a column of a table may take, ``None`` if anything goes."""
        admis = self.ed.donnees.admis(schema, colonne)
        return schema.champ(colonne).constraints.get("enum") if admis is None else list(admis)


def _evolution_exacte(actuel: Nombre, precedent: Nombre) -> Nombre:
    """The change in percent, even on a base so small that the book says NS: what was printed is being checked."""
    change = calculs.evolution(actuel, precedent, decimales=2)
    if change.motif == "NS" and precedent != 0 and (actuel < 0) == (precedent < 0):
        return change.avec((Decimal(actuel) - Decimal(precedent)) / Decimal(precedent) * 100, motif=None)
    return change
