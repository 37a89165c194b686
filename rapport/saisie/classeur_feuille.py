"""The sheet of a table: what is known, what is to fill, sums that follow what is typed."""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule, Rule
from openpyxl.styles import Alignment
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from rapport.donnees.schemas import SOURCE
from rapport.nombres.nombre import MOTIFS
from rapport.saisie import classeur_cellules as cellules
from rapport.saisie.classeur import ACCUEIL, LIGNE_TITRES, SOMME, TableDuClasseur
from rapport.saisie.classeur_colonnes import CLAIR, CLE, RAPPEL, SAISIE, Colonne, Disposition
from rapport.saisie.classeur_formats import DATE, MANQUE, TEXTE, format_de_nombre, habiller
from rapport.saisie.classeur_listes import Listes
from rapport.saisie.classeur_sommes import Somme

PREMIERE = LIGNE_TITRES + 1
HAUTEUR_DE_LIGNE = 15  # points


class FeuilleDeTable:
    """Fills a sheet; `bilan` is then the formulas that tell how far it is filled."""

    def __init__(self, feuille: Worksheet, table: TableDuClasseur, listes: Listes, sommes: Iterable[Somme]):
        self.feuille, self.table, self.listes = feuille, table, listes
        self.disposition = Disposition(table)
        self.fin = PREMIERE + max(len(table.lignes) + table.lignes_libres, 1) - 1
        self._titres()
        for rang, ligne in enumerate(table.lignes, start=PREMIERE):
            self._ligne(rang, ligne)
        for rang in range(PREMIERE + len(table.lignes), self.fin + 1):
            self._ligne(rang, None)
        self._listes_deroulantes()
        self._manques()
        for rang, somme in enumerate(sommes, start=self.fin + 1):
            self._somme(rang, somme)
        self._presentation()

    # --- Headings and rows

    def _titres(self) -> None:
        feuille, table = self.feuille, self.table
        feuille["A1"] = table.titre
        habiller(feuille["A1"], "titre")
        feuille["A2"] = table.schema.description.strip().split("\n\n")[0]
        habiller(feuille["A2"], "texte")
        for colonne in self.disposition.colonnes:
            cellule = feuille.cell(LIGNE_TITRES, colonne.rang, colonne.titre)
            habiller(cellule, "entete" if colonne.genre in (CLE, SAISIE) else "entete_rappel")
            feuille.column_dimensions[colonne.lettre].width = self.disposition.largeur(colonne)
            texte = self.disposition.bulle(colonne)
            if texte:
                cellule.comment = Comment(texte, "rapport", width=340, height=60 + 18 * (len(texte) // 45))

    def _ligne(self, rang: int, ligne: dict[str, str] | None) -> None:
        """A row of the table, or with ``None`` one that can be added."""
        cle = self.table.cle(ligne) if ligne else ()
        rappel = self.disposition.rappels.get(cle, {})
        for colonne in self.disposition.colonnes:
            if colonne.genre == CLE:
                style = "saisie" if ligne is None or self.table.est_une_liste else "fixe"
                self._valeur(rang, colonne, ligne or {}, style)
            elif colonne.genre == SAISIE:
                self._valeur(rang, colonne, ligne or {}, "saisie")
            elif colonne.genre == RAPPEL:
                self._valeur(rang, colonne, {**(ligne or {}), colonne.champ.name: ""} | rappel, "rappel")
            else:
                self._en_clair(rang, colonne, ligne)

    def _valeur(self, rang: int, colonne: Colonne, ligne: dict[str, str], style: str) -> None:
        champ, texte = colonne.champ, ligne.get(colonne.champ.name, "")
        unite, decimales = self.table.precision(champ, ligne.get(self.table.schema.primary_key[0], ""))
        if champ.type == "date":
            format = DATE
        elif not champ.numerique:
            format = TEXTE
        elif decimales is None:  # as many as are printed: a text keeps them all
            format = format_de_nombre(unite, len(texte.partition(".")[2])) if texte else TEXTE
        else:
            format = format_de_nombre(unite, decimales)
        cellule = self.feuille.cell(rang, colonne.rang, cellules.valeur(texte, champ, unite))
        if isinstance(cellule.value, str):
            cellule.data_type = "s"  # a text that begins with = is no formula
        habiller(cellule, style, format)
        longue = champ.type == "string" and self.disposition.largeur(colonne) > 40
        if longue:
            cellule.alignment = cellule.alignment.copy(wrap_text=True)
            self._hauteur(rang, len(texte), self.disposition.largeur(colonne))
        elif champ.numerique:
            cellule.alignment = cellule.alignment.copy(horizontal="right")

    def _hauteur(self, rang: int, signes: int, largeur: int) -> None:
        """Room for a text on several lines: not every suite makes it."""
        lignes = -(-signes // (largeur - 4))
        dimensions = self.feuille.row_dimensions[rang]
        if lignes > 1:
            dimensions.height = max(dimensions.height or 0, HAUTEUR_DE_LIGNE * lignes)

    def _en_clair(self, rang: int, colonne: Colonne, ligne: dict[str, str] | None) -> None:
        nomenclature = self.table.schema.nomenclatures()[colonne.champ.name]
        cellule = self.feuille.cell(rang, colonne.rang)
        if ligne is None or self.table.est_une_liste:
            if colonne.attribut == "libelle":
                cle = self.disposition.saisie(colonne.champ.name)
                cellule.value = self.listes.libelle(nomenclature, f"${cle.lettre}{rang}")
        else:
            definitions = self.table.donnees.nomenclature(nomenclature, self.table.annee)
            code = ligne[colonne.champ.name]
            connu = code in definitions.index and colonne.attribut in definitions
            cellule.value = definitions.loc[code, colonne.attribut] if connu else None
            if connu and colonne.attribut == "libelle" and "definition" in definitions:
                texte = definitions.loc[code, "definition"]
                cellule.comment = Comment(texte, "rapport", width=340, height=50 + 18 * (len(texte) // 45))
        habiller(cellule, "fixe", TEXTE if cellule.data_type == "s" else None)

    # --- What helps to fill

    def _listes_deroulantes(self) -> None:
        nomenclatures = self.table.schema.nomenclatures()
        for colonne in self.disposition.de(CLE, SAISIE):
            choix = colonne.champ.constraints.get("enum")
            if colonne.champ.name in nomenclatures:
                formule = self.listes.codes(nomenclatures[colonne.champ.name])
            elif choix:
                formule = '"' + ",".join(map(str, choix)) + '"'
            else:
                continue
            regle = DataValidation(type="list", formula1=formule, allow_blank=True, showErrorMessage=True)
            regle.errorStyle = "warning"  # a source may be added to its nomenclature before the import
            regle.errorTitle, regle.error = "Hors de la liste", "L’import refuse ce que la liste ne contient pas."
            regle.add(self._plage(colonne))
            self.feuille.add_data_validation(regle)

    def _manques(self) -> None:
        """Cells to fill change colour once they are."""
        cle = self.disposition.de(CLE)[0].lettre
        for colonne in self.disposition.de(SAISIE):
            if colonne.champ.constraints.get("required"):
                formule = f'AND(${cle}{PREMIERE}<>"",{colonne.lettre}{PREMIERE}="")'
                regle: Rule = FormulaRule(formula=[formule])
                regle.dxf = MANQUE
                self.feuille.conditional_formatting.add(self._plage(colonne), regle)

    def bilan(self) -> dict[str, str]:
        """« a_remplir », « motivees », « manquantes », « lignes » → formula. They count as `completude` does."""
        cle = self._plage(self.disposition.de(CLE)[0], absolue=True)
        source = self.disposition.saisie(SOURCE)
        source = self._plage(source, absolue=True) if source else cle
        valeurs = [self.disposition.saisie(champ.name) for champ in self.table.schema.colonnes_a_remplir]
        plages = [self._plage(colonne, absolue=True) for colonne in valeurs] or [source]
        vides = [f'SUMPRODUCT(({cle}<>"")*((({plage}="")+({source}=""))>0))' for plage in plages]
        motivees = [
            f'SUMPRODUCT(({cle}<>"")*({source}<>"")*({plage}="{motif}"))' for plage in plages for motif in MOTIFS
        ]
        lignes = f'SUMPRODUCT(--({cle}<>""))'
        return {
            "a_remplir": f"=MAX(1,{lignes}*{len(plages)})",
            "motivees": "=" + "+".join(motivees),
            "manquantes": f"=IF({lignes}=0,1,{'+'.join(vides)})",
            "lignes": f"={lignes}",
        }

    # --- Sums

    def _somme(self, rang: int, somme: Somme) -> None:
        """A row of sums; it says so when a value is missing, since a sum of what is known is then no total."""
        cle = self.disposition.de(CLE)[0]
        for colonne in self.disposition.colonnes:
            habiller(self.feuille.cell(rang, colonne.rang), "somme")
        comptes = []
        for colonne in self.disposition.de(RAPPEL, SAISIE):
            if colonne.champ.name in somme.colonnes:
                formule, attendues, connues = self._formules(colonne, somme)
                cellule = self.feuille.cell(rang, colonne.rang, formule)
                cellule.number_format = format_de_nombre(colonne.champ.unite, colonne.champ.decimales)
                if colonne.genre == SAISIE:
                    comptes.append(f"{connues}<{attendues}")
        libelle = self._libelle(somme)
        incomplet = f'IF(OR({",".join(comptes)})," (incomplet)","")'
        en_clair = next(iter(self.disposition.de(CLAIR)), None)
        debut = SOMME if en_clair else f"{SOMME} {libelle}"
        self.feuille.cell(rang, cle.rang, debut)
        place = en_clair or cle
        texte = (libelle if en_clair else debut).replace('"', '""')
        cellule = self.feuille.cell(rang, place.rang, f'="{texte}"&{incomplet}' if comptes else texte)
        cellule.alignment = Alignment(wrap_text=True, vertical="top")
        self._hauteur(rang, len(libelle) + 12, self.disposition.largeur(place))

    def _formules(self, colonne: Colonne, somme: Somme) -> tuple[str, str, str]:
        """The sum, how many values it wants, how many it has."""
        cles, plage = self._plage(self.disposition.de(CLE)[0]), self._plage(colonne)
        if not somme.filtres:
            return f"=SUM({plage})", f"COUNTA({cles})", f"COUNT({plage})"
        propres = {nom: self.disposition.saisie(nom) for nom, _ in somme.filtres}
        if all(propres.values()):
            conditions = "".join(f'*({self._plage(propres[nom])}="{valeur}")' for nom, valeur in somme.filtres)
            nombres = f"ISNUMBER({plage})"
            criteres = ",".join(f'{self._plage(propres[nom])},"{valeur}"' for nom, valeur in somme.filtres)
            return (
                f"=SUMIFS({plage},{criteres})",
                f"SUMPRODUCT(1{conditions})",
                f"SUMPRODUCT(({nombres})*1{conditions})",
            )
        rangs = self._retenues(somme)
        retenues = ",".join(_suites(colonne.lettre, rangs)) or "0"
        return f"=SUM({retenues})", str(len(rangs)), f"COUNT({retenues})"

    def _retenues(self, somme: Somme) -> list[int]:
        """The rows whose key has the attributes of a sum in its nomenclature."""
        nomenclature = self.table.schema.nomenclatures().get(self.table.schema.primary_key[0])
        if nomenclature is None:
            return []
        definitions = self.table.donnees.nomenclature(nomenclature, self.table.annee)
        rangs = []
        for rang, ligne in enumerate(self.table.lignes, start=PREMIERE):
            code = self.table.cle(ligne)[0]
            attributs = definitions.loc[code] if code in definitions.index else {}
            if all((ligne | dict(attributs)).get(nom) == valeur for nom, valeur in somme.filtres):
                rangs.append(rang)
        return rangs

    def _libelle(self, somme: Somme) -> str:
        """« Mission : Soutien à la fonction parentale », from the schemas and the nomenclatures."""
        donnees, schema = self.table.donnees, self.table.schema
        cle = schema.nomenclatures().get(schema.primary_key[0])
        morceaux = []
        for nom, valeur in somme.filtres:
            porteur = schema if schema.champ(nom) else donnees.schemas[f"nomenclatures/{cle}"]
            champ, nomenclature = porteur.champ(nom), porteur.nomenclatures().get(nom)
            if nomenclature:
                codes = donnees.nomenclature(nomenclature, self.table.annee)
                noms = codes["libelle_court" if "libelle_court" in codes else "libelle"]
                valeur = noms.get(valeur, valeur)
            morceaux.append(f"{champ.title if champ else nom}\u00a0: {valeur}")
        return ", ".join(morceaux) or "Total"

    # --- The sheet

    def _plage(self, colonne: Colonne, absolue: bool = False) -> str:
        if absolue:
            lettre = f"${colonne.lettre}$"
            return f"{quote_sheetname(self.table.feuille)}!{lettre}{PREMIERE}:{lettre}{self.fin}"
        return f"{colonne.lettre}{PREMIERE}:{colonne.lettre}{self.fin}"

    def _presentation(self) -> None:
        feuille, colonnes = self.feuille, self.disposition.colonnes
        largeur = 0
        for visibles, colonne in enumerate(colonnes, start=1):  # what a screen shows at once
            largeur += self.disposition.largeur(colonne)
            if largeur > 110 or visibles == len(colonnes):
                break
        feuille.merge_cells(start_row=2, end_row=2, start_column=1, end_column=visibles)
        feuille.row_dimensions[2].height = 15 * (1 + len(feuille["A2"].value or "") // max(largeur, 60)) + 3
        feuille.row_dimensions[LIGNE_TITRES].height = 45
        figees = [c for c in colonnes if c.genre == CLE or c.attribut == "libelle"]
        if sum(map(self.disposition.largeur, figees)) > 80:
            figees = figees[:1]
        feuille.freeze_panes = feuille.cell(PREMIERE, len(figees) + 1)
        feuille.auto_filter.ref = f"A{LIGNE_TITRES}:{colonnes[-1].lettre}{self.fin}"
        feuille.page_setup.orientation, feuille.page_setup.fitToHeight = "landscape", 0
        feuille.sheet_properties.pageSetUpPr.fitToPage = True
        feuille.print_title_rows = f"{LIGNE_TITRES}:{LIGNE_TITRES}"
        feuille["C3"] = f"← {ACCUEIL}"
        feuille["C3"].hyperlink = Hyperlink("C3", location=f"{quote_sheetname(ACCUEIL)}!A1")
        habiller(feuille["C3"], "lien")
        protection = feuille.protection
        protection.sheet = True
        protection.formatColumns = protection.formatRows = protection.autoFilter = False  # allowed


def _suites(lettre: str, rangs: list[int]) -> list[str]:
    """« D5 », « D7:D9 »: the cells of a column, as few ranges as can be."""
    suites: list[list[int]] = []
    for rang in rangs:
        if suites and rang == suites[-1][-1] + 1:
            suites[-1].append(rang)
        else:
            suites.append([rang])
    return [f"{lettre}{s[0]}:{lettre}{s[-1]}" if len(s) > 1 else f"{lettre}{s[0]}" for s in suites]
