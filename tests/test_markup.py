"""What chapters write beside plain Markdown: shown on the page as the site's policy lets it, or a told defect."""

import re
from urllib.parse import unquote

from lxml import html
from outils import PARAMETRES, anglais, code, md, simple

DESSIN = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>'
DIT = "from rapport.chapitre import markdown\nmarkdown('2023')"


def test_pictures_formulas_and_folded_results_are_shown(projet):
    for nom in ("été.svg", "a b.svg", "photo.svg", "Notice d’été.pdf"):
        chemin = projet.racine / "chapters" / "images" / nom
        chemin.parent.mkdir(exist_ok=True)
        chemin.write_text(DESSIN, encoding="utf-8")
    projet.chapitre(
        "premier",
        md("# Premier\n\n![Un été](images/été.svg) ![Une espace](<images/a b.svg>)\n\n"),
        PARAMETRES,
        md('<img src="images/photo.svg" alt="Une photo">\n\nDu texte <img src="images/photo.svg"> autour.'),
        md("La [notice](<images/Notice d’été.pdf>), <b>et</b> [ailleurs](https://caf.fr), 5 $ ou 6 $."),
        md("$\\frac{a}{b}$\n\n$$\nx^2\n$$\n\n\\begin{equation}\na = b\n\\end{equation}\n\n{math}`c`"),
        *(
            code("from rapport.chapitre import markdown\nmarkdown('2023')", tag)
            for tag in ("hide-output", "hide-cell", "hide-input", "dropdown")
        ),
    )
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 0, fin.stderr
    dossier = projet.site / "2023"
    article = html.parse(str(dossier / "premier.html")).getroot().find(".//article")
    images = {img.get("src") for img in article.iter("img")}
    fichiers = [*images, article.xpath("string(//a[@download]/@href)")]
    assert len(images) == 3
    assert all((dossier / unquote(nom)).is_file() for nom in fichiers)
    assert len(article.findall(".//math")) == 4
    assert "5 $ ou 6 $" in simple(article.text_content())
    assert [pli.findtext("summary") for pli in article.iter("details")] == ["Voir le résultat"] * 2
    assert not anglais(html.tostring(article, encoding="unicode", method="text"))


REFUSES = {
    "![x](https://caf.fr/a.png)": "l’image « https://caf.fr/a.png » n’est pas un fichier du livre",
    "![x](//caf.fr/a.png)": "l’image « //caf.fr/a.png » n’est pas un fichier du livre",
    "![x](data:image/png;base64,AAAA)": "l’image « data:image/png;base64,AAAA » n’est pas un fichier du livre",
    "```{figure} https://caf.fr/a.png\nx\n```": "l’image « https://caf.fr/a.png » n’est pas un fichier du livre",
    "![x](images/hélas.png)": "l’image « images/hélas.png » n’existe pas.",
    '<p><img src="images/a.png"></p>': 'le HTML « <img src="images/a.png"> » désigne un fichier',
    'Du texte <a href="second.html">ici</a>': 'le HTML « <a href="second.html"> » désigne un fichier',
    '<video src="a.mp4"></video>': 'le HTML « <video src="a.mp4"> » désigne un fichier',
    '<svg><image href="a.png"/></svg>': 'le HTML « <image href="a.png"/> » désigne un fichier',
    '<p style="color: red">rouge</p>': 'la politique de sécurité du site refuse le HTML « <p style="color: red"> »',
    '<b onclick="f()">a</b>': 'la politique de sécurité du site refuse le HTML « <b onclick="f()"> »',
    "<script>f()</script>": "la politique de sécurité du site refuse le HTML « <script> »",
    '<iframe src="https://caf.fr"></iframe>': 'refuse le HTML « <iframe src="https://caf.fr"> »',
    "$\\inconnue{a}$": "la formule « \\inconnue{a} » n’est pas comprise (\\inconnue).",
}


def test_what_a_page_could_not_show_is_told_where_it_is(projet):
    """In texts that are written, and in those that cells make."""
    sorties = [f"from rapport.chapitre import markdown\nmarkdown({source!r})" for source in REFUSES]
    projet.chapitre("premier", md("# Premier"), PARAMETRES, *map(md, REFUSES), *map(code, sorties))
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 1
    dit = simple(fin.stderr).splitlines()
    for cellule, attendu in enumerate([*REFUSES.values()] * 2, start=3):
        debut = rf"chapters/premier\.ipynb, cellule {cellule}\b"
        assert any(re.match(debut, ligne) and attendu in ligne for ligne in dit), (cellule, attendu, dit)
