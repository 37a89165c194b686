"""One CSV against its schema: columns, rows, cells, keys, with bounds that depend on the row and the code meant."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from rapport.controle import cellules
from rapport.controle.erreurs import COMPTEES, DITES, Erreur, cite, liste, proche
from rapport.controle.fichiers import REMPLISSEZ, Feuille, guillemets
from rapport.donnees import nomenclatures
from rapport.donnees.nomenclatures import Nomenclature, Periode
from rapport.donnees.schemas import NOMENCLATURES, Champ, Schema
from rapport.nombres.francais import nombre

Ligne = dict[str, str]
CITEES = 8
"""How many headings are quoted, of those that are wrong."""
INDICATEURS = NOMENCLATURES + "indicateurs"


class ControleTable:
    """The errors of one table. A cell has one error at most: the first that is found."""

    def __init__(
        self,
        fichier: str,
        schema: Schema,
        feuille: Feuille,
        referentiels: Mapping[str, Nomenclature | None],
        annee: int | None = None,
    ):
        self.fichier, self.schema, self.feuille = fichier, schema, feuille
        self.referentiels, self.annee = referentiels, annee
        self.motifs = tuple(m for m in schema.missing_values if m)
        self.trouvees: dict[tuple, Erreur] = {}
        self.comptes: Counter[str | None] = Counter()
        self.champs = {champ.name: champ for champ in schema.fields}
        self.titres_oublies = 0

    def erreurs(self) -> list[Erreur]:
        """Every error of the table."""
        colonnes = self._colonnes()
        if colonnes:
            lignes = list(self._lignes_completes(colonnes))
            self._cellules(lignes)
            self._periodes(lignes)
            self._cles_uniques(lignes)
            self._cles_etrangeres(lignes)
        return list(self.trouvees.values())

    def anomalie(self, colonne: str, ligne: Ligne) -> cellules.Anomalie:
        """What is wrong in one cell of a row: how it is written, then its type and constraints."""
        champ, est_cle = self.champs[colonne], colonne in self.schema.primary_key
        ecriture = self._ecriture(champ, ligne[colonne], ligne)
        return ecriture or cellules.contraintes(ligne[colonne], champ, self.motifs, est_cle)

    def _erreur(self, ligne: int | None, colonne: str | None, attendu: str, trouve: str, message: str, manque=False):
        if (ligne, colonne) not in self.trouvees:
            self.comptes[colonne] += 1
            self.trouvees[ligne, colonne] = Erreur(self.fichier, ligne, colonne, attendu, trouve, message, manque)

    def _colonnes(self) -> list[tuple[int, str]]:
        """Position and name of the columns to read; empty if the header is not one."""
        entete, noms = self.feuille.entete, list(self.champs)
        if not set(entete) & set(noms):
            trouve = liste(entete[:CITEES]) if entete else "une ligne vide"
            message = f"La première ligne du fichier doit être « {','.join(noms)} »."
            self._erreur(1, None, "titres de colonnes attendus", trouve, message)
            return []
        colonnes: list[tuple[int, str]] = []
        for position, nom in enumerate(entete):
            if not nom.strip():
                trouve = f"une colonne sans titre, la {position + 1}ᵉ"
                self._erreur(1, None, "titre de colonne attendu", trouve, "Nommez-la ou supprimez-la.")
            elif nom in entete[:position]:
                trouve = f"deux colonnes {cite(nom)}"
                self._erreur(1, nom, "titre de colonne unique attendu", trouve, "Supprimez l’une des deux.")
            else:
                colonnes.append((position, nom))
        self._titres([nom for _, nom in colonnes])
        if not self.feuille.lignes and not self.schema.facultatif:
            attendu = "au moins une ligne de données attendue"
            manque = self.annee is not None
            self._erreur(None, None, attendu, "les seuls titres de colonnes", REMPLISSEZ, manque)
        return colonnes

    def _titres(self, noms: list[str]) -> None:
        """Missing and unknown columns; an unknown one that resembles a missing one is that one, misspelt."""
        facultatives = nomenclatures.COLONNES if self.schema.periodique else ()
        manquantes = [nom for nom in self.champs if nom not in (*noms, *facultatives)]
        for inconnue in (nom for nom in noms if nom not in self.champs):
            voisine = proche(inconnue, manquantes)
            if voisine:
                manquantes.remove(voisine)
                attendu, message = f"colonne {cite(voisine)} attendue", "Renommez-la."
            else:
                attendu = f"colonne du schéma attendue ({liste(self.champs, 'ou')})"
                message = "Supprimez-la, ou décrivez-la dans le schéma."
            self._erreur(1, inconnue, attendu, cite(inconnue), message)
        self.titres_oublies = len(manquantes)
        for nom in manquantes:
            self._erreur(1, nom, f"colonne attendue ({self.champs[nom].title})", "", "Ajoutez-la.")

    def _lignes_completes(self, colonnes: list[tuple[int, str]]):
        """Line number and cells of the rows that have as many cells as the header; the others are errors, unless the
        header alone is short."""
        nombres = {len(valeurs) for _, valeurs in self.feuille.lignes if valeurs}
        if self.titres_oublies and nombres == {len(self.feuille.entete) + self.titres_oublies}:
            return
        for vide, groupe in groupby(self.feuille.lignes, key=lambda ligne: not ligne[1]):
            if vide:
                numeros = [numero for numero, _ in groupe]
                trouve, message = "une ligne vide", "Supprimez-la."
                if len(numeros) > 1:
                    trouve, message = f"{len(numeros)} lignes vides à la suite", "Supprimez-les."
                self._erreur(numeros[0], None, "ligne de données attendue", trouve, message)
                continue
            for numero, valeurs in groupe:
                if len(valeurs) == len(self.feuille.entete):
                    yield numero, {nom: valeurs[position] for position, nom in colonnes}
                elif self.comptes[None] < COMPTEES:
                    self._ligne_mal_coupee(numero, valeurs)

    def _ligne_mal_coupee(self, numero: int, valeurs: list[str]) -> None:
        entete = self.feuille.entete
        if any("\n" in v or "\r" in v for v in valeurs):
            self.trouvees[numero, None] = guillemets(self.fichier, numero)
            return
        coupes = self._virgules_decimales(valeurs)
        for colonne, valeur in coupes:
            champ = self.champs[colonne]
            attendu, message = cellules.valeur_typee(valeur, champ, self.motifs)
            self._erreur(numero, colonne, attendu, cite(valeur), f"{message} La virgule sépare les colonnes.")
        if coupes:
            return
        attendu = f"{len(entete)} cellules attendues, autant que de colonnes"
        message = 'Mettez entre guillemets ("…") la cellule qui contient une virgule.'
        if len(valeurs) < len(entete):
            manquantes = [*entete[len(valeurs) :][:CITEES], *(["…"] if len(entete) > len(valeurs) + CITEES else [])]
            message = f"Il manque {liste(manquantes)}, ou une virgule avant."
        self._erreur(numero, None, attendu, f"{len(valeurs)} : {cite(','.join(valeurs))}", message)

    def _virgules_decimales(self, valeurs: list[str]) -> list[tuple[str, str]]:
        """Columns whose number its own comma cuts in two cells (« 12 345,67 »), if that explains it all."""
        en_trop, position, coupes = len(valeurs) - len(self.feuille.entete), 0, []
        for nom in self.feuille.entete:
            champ, valeur, suite = self.champs.get(nom), *[*valeurs[position:], "", ""][:2]
            position += 1
            if champ is None or not champ.numerique:
                continue
            if en_trop and re.fullmatch(r"-?[\d\s]+", valeur) and re.fullmatch(r"\d+\s*[€%]?", suite):
                coupes.append((nom, f"{valeur},{suite}"))
                position, en_trop = position + 1, en_trop - 1
            elif valeur not in self.motifs and cellules.nombre_lu(valeur) is None:
                return []
        return coupes if en_trop == 0 else []

    def _cellules(self, lignes: list[tuple[int, Ligne]]) -> None:
        for numero, ligne in lignes:
            for nom, valeur in ligne.items():
                lue = nom in self.champs and self.comptes[nom] < COMPTEES
                if lue and (anomalie := self.anomalie(nom, ligne)):
                    attendu, message = anomalie
                    manque = not valeur and self.annee is not None and nom not in self.schema.primary_key
                    self._erreur(numero, nom, attendu, cite(valeur) if valeur else "une cellule vide", message, manque)

    def _ecriture(self, champ: Champ, valeur: str, ligne: Ligne) -> cellules.Anomalie:
        if champ.type == "string":
            return cellules.texte(valeur) or (
                cellules.date_partielle(valeur) if champ.date_partielle and valeur else None
            )
        if valeur in self.motifs or (valeur == "" and self.schema.est_nomenclature):
            return None
        champ = self._precise(champ, ligne) if champ.numerique else champ
        if valeur == "" or (champ.numerique and not cellules.NOMBRE.fullmatch(valeur)):
            return cellules.valeur_typee(valeur, champ, self.motifs)
        if champ.numerique:
            return cellules.precision(valeur, champ.decimales) or cellules.bornes(valeur, champ)
        if champ.de_l_annee and self.annee and cellules.date_iso(valeur) == valeur:
            return cellules.date_de_l_annee(valeur, self.annee)
        return None

    def _precise(self, champ: Champ, ligne: Ligne) -> Champ:
        """The column as it is for one row: an indicator has its own unit, decimals and bounds."""
        bornes, unite, decimales = dict(champ.constraints), champ.unite, champ.decimales
        indicateurs = self.referentiels.get(INDICATEURS) if self.schema.name == "indicateurs" else None
        definition = indicateurs.ligne(ligne.get("code"), self.annee) if indicateurs else None
        if definition and champ.name == "valeur":
            unite, decimales = definition.get("unite"), definition.get("decimales", "")
            decimales = int(decimales) if decimales.isdecimal() else None
            propres = {borne: definition[borne] for borne in ("minimum", "maximum") if definition.get(borne)}
            bornes = {"minimum": 0} | ({"maximum": 100} if unite == "%" else {}) | bornes | propres
        if self._negatif_admis(ligne):
            bornes.pop("minimum", None)
        return replace(champ, unite=unite, decimales=decimales, constraints=bornes)

    def _negatif_admis(self, ligne: Ligne) -> bool:
        """Whether the row's key is one whose nomenclature says « negatif_admis: oui », or cannot be read."""
        for colonne, nom in self.schema.nomenclatures.items():
            referentiel = self.referentiels.get(NOMENCLATURES + nom)
            if colonne in self.schema.primary_key:
                entree = referentiel.ligne(ligne.get(colonne), self.annee) if referentiel else {}
                if referentiel is None or entree.get("negatif_admis") == "oui":
                    return True
        return False

    def _periodes(self, lignes: list[tuple[int, Ligne]]) -> None:
        """A period begins before it ends."""
        for numero, ligne in lignes if self.schema.periodique else ():
            periode = Periode.lire(ligne)
            if None not in (periode.depuis, periode.jusqua) and periode.depuis > periode.jusqua:
                attendu = f"année de fin attendue, {periode.depuis} ou après"
                message = f"La ligne vaut depuis {periode.depuis} : corrigez l’une des deux années."
                self._erreur(numero, "jusqua", attendu, cite(ligne["jusqua"]), message)

    def _cles_uniques(self, lignes: list[tuple[int, Ligne]]) -> None:
        """Keys, and columns said unique, have no value twice; in a nomenclature, no value twice in the same year."""
        uniques = [(champ.name,) for champ in self.schema.fields if champ.constraints.get("unique")]
        for colonnes in [self.schema.cle, *uniques, *self.schema.unique_keys]:
            vues: dict[tuple[str, ...], list[tuple[Periode, int]]] = {}
            for numero, ligne in lignes:
                valeurs = tuple(ligne.get(c, "") for c in colonnes)
                if not valeurs or any(v in ("", *self.motifs) for v in valeurs):
                    continue
                periode = Periode.lire(ligne) if self.schema.periodique else Periode()
                autre = next((v for v in vues.get(valeurs, ()) if v[0].chevauche(periode)), None)
                if autre and self.comptes[colonnes[0] if len(colonnes) == 1 else None] < COMPTEES:
                    self._doublon(numero, colonnes, valeurs, periode, *autre)
                vues.setdefault(valeurs, []).append((periode, numero))

    def _doublon(self, numero, colonnes, valeurs, periode, autre_periode, premiere) -> None:
        attendu = "clé unique attendue" if colonnes == self.schema.cle else "valeur unique attendue"
        trouve, message = f"{liste(valeurs)}, déjà ligne {nombre(premiere)}", "Gardez une seule des deux lignes."
        if periode != Periode() or autre_periode != Periode():
            attendu += " pour une même année"
            trouve += f" (ici {periode}, là {autre_periode})"
            message = "Corrigez depuis et jusqua : les périodes ne se chevauchent pas."
        self._erreur(numero, colonnes[0] if len(colonnes) == 1 else None, attendu, trouve, message)

    def _cles_etrangeres(self, lignes: list[tuple[int, Ligne]]) -> None:
        for colonne, nom in self.schema.nomenclatures.items():
            admis = self.referentiels.get(NOMENCLATURES + nom)  # none: it could not be read, and has its own error
            for numero, ligne in lignes if admis else ():
                code, deja = ligne.get(colonne, ""), self.comptes[colonne]
                if not code or deja >= COMPTEES:
                    continue
                if defaut := self._defaut_de_code(code, admis, chercher=deja < DITES):
                    attendu, precision, message = defaut
                    self._erreur(numero, colonne, attendu, cite(code) + precision, message)

    def _defaut_de_code(self, code: str, admis: Nomenclature, chercher: bool) -> tuple[str, str, str] | None:
        """What is expected of a code that is not known, or not valid that year; what to add to it; the cure, with the
        nearest code if it is to be looked for."""
        if code not in admis:
            message = "Corrigez ce code, ou ajoutez-le à la nomenclature."
            if not chercher:
                return f"code de {admis.fichier} attendu", "", message
            libelles = {connu: admis.ligne(connu).get("libelle", "") for connu in admis}
            if voisin := cellules.avec_zeros(code, libelles.__contains__) or proche(code, libelles):
                message = f"Le plus proche est {cite(voisin)} : écrivez-le, ou ajoutez ce code à la nomenclature."
            return f"code de {admis.fichier} attendu", "", message
        if self.annee is None or admis.valable(code, self.annee):
            return None
        message = "Supprimez la ligne, ou corrigez la période du code dans la nomenclature (depuis, jusqua)."
        annees = f", valable {' et '.join(map(str, admis.periodes(code)))}"
        return f"code de {admis.fichier} valable en {self.annee} attendu", annees, message
