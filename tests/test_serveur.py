"""`rapport serve`: what is edited is seen at once in a browser, errors in their place; nothing is left running."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from outils import CHROMIUM, PARAMETRES, PetitProjet, article, attendre, code, dire, md

from rapport.preview.server import Server
from rapport.preview.states import Pages, PageState

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "setsid"), reason="les signaux d’un terminal POSIX sont essayés"),
]
avec_navigateur = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="aucun Chromium installé : les pages ne sont pas essayées"),
]

PREMIER = (
    md("# Premier\n% données : visiteurs"),
    PARAMETRES,
    code("from rapport.chapitre import ouvrir\n\nvaleurs = ouvrir(annee, donnees)"),
    dire("f\"Visites : {valeurs['visiteurs']}\""),
)
SECOND = (
    md("# Second"),
    PARAMETRES,
    md("## Partout"),
    code("x = 1"),
    md("## Rare\n% données : rares"),
    dire('"rare"'),
)
PAGES = "index", "premier", "second"
INDICATEURS = "code,valeur,source,note\nvisiteurs,{},r,\nrares,1,r,\n"
PATIENCE = 60  # seconds; the machine may be busy


class Service:
    """``rapport serve`` running in a small project."""

    def __init__(self, projet: PetitProjet, *arguments: str):
        self.projet, self.marque = projet, f"ESSAI_DE_SERVE={projet.racine}"
        environnement = {"ESSAI_DE_SERVE": str(projet.racine), "PYTHONUNBUFFERED": "1"}
        self.processus = projet.lancer(
            "serve", *(arguments or ("--port", "0")), env=environnement, start_new_session=True
        )
        self.dit, self.lignes = [], queue.Queue()
        for flux in (self.processus.stdout, self.processus.stderr):
            threading.Thread(target=self._lire, args=(flux,), daemon=True).start()
        self.adresse = self.attendre(r"http://\S+/2023/")
        sources = [*projet.racine.glob("chapters/*.ipynb"), *projet.racine.glob("data/2*/*")]
        sources.append(projet.racine / "_config.yml")
        self.debut = {chemin: chemin.read_bytes() for chemin in sources}
        self.articles = [article(self.page(nom)) for nom in PAGES]

    def _lire(self, flux) -> None:
        for ligne in flux:
            self.dit.append(ligne)
            self.lignes.put(ligne)

    def attendre(self, motif: str) -> str:
        """What `motif` finds in the next lines of the terminal."""
        fin = time.monotonic() + PATIENCE
        while time.monotonic() < fin:
            try:
                ligne = self.lignes.get(timeout=1)
            except queue.Empty:
                continue
            if trouve := re.search(motif, ligne):
                return trouve[0]
        raise AssertionError(f"{motif} is not said:\n{''.join(self.dit)}")

    def page(self, nom: str) -> str:
        with urllib.request.urlopen(f"{self.adresse}{nom}.html", timeout=10) as reponse:
            return reponse.read().decode()

    def retablir(self) -> None:
        """The project as it was at the start, and shown."""
        for chemin, contenu in self.debut.items():
            if chemin.read_bytes() != contenu:
                chemin.write_bytes(contenu)
        attendre(lambda: [article(self.page(nom)) for nom in PAGES] == self.articles)

    def arreter(self) -> int:
        """Ctrl-C, as a terminal sends it: to every process of the group."""
        os.killpg(self.processus.pid, signal.SIGINT)
        return self.processus.wait(timeout=30)

    def descendants(self) -> list[str]:
        """The processes whose environment has the mark of this service."""
        marque = self.marque.encode()
        vivants = []
        for dossier in Path("/proc").glob("[0-9]*"):
            try:
                if marque in (dossier / "environ").read_bytes():
                    vivants.append((dossier / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return vivants


def nouveau_projet(dossier: Path) -> PetitProjet:
    projet = PetitProjet(dossier / "projet")
    projet.chapitre("premier", *PREMIER)
    projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(12))
    return projet


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = Service(nouveau_projet(tmp_path_factory.mktemp("serveur")))
    yield service
    if service.processus.poll() is None:
        service.arreter()


@pytest.fixture
def page(navigateur, service):
    """The first chapter, open; it is never reloaded by hand. Its complaints are in ``page.plaintes``."""
    service.retablir()
    page = navigateur.new_page()
    page.plaintes = []
    page.on("console", lambda m: page.plaintes.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: page.plaintes.append(str(e)))
    aller(page, f"{service.adresse}premier.html")
    voir(page, "Visites : 12")
    yield page
    page.close()


def aller(page, adresse: str) -> None:
    """Go to an address; a page that reloads by itself at that moment takes precedence, so ask again."""
    from playwright.sync_api import Error

    try:
        page.goto(adresse)
    except Error as erreur:
        if "interrupted by another navigation" not in str(erreur):
            raise
        page.goto(adresse)


def voir(page, texte: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator("article")).to_contain_text(texte, timeout=PATIENCE * 1000)


class TestNavigateur:
    pytestmark = avec_navigateur

    def test_an_edited_value_is_seen(self, service, page):
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(13))
        voir(page, "Visites : 13")
        service.attendre("2023 premier : terminé.*data/2023/indicateurs.csv a changé")
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(12))
        voir(page, "Visites : 12")
        assert not page.plaintes

    def test_only_the_chapter_concerned_runs(self, service, page):
        deja = len(service.dit)
        service.projet.chapitre("premier", *PREMIER, dire('"Une ligne de plus"'))
        voir(page, "Une ligne de plus")
        assert "2023 second" not in "".join(service.dit[deja:])

    def test_the_chapter_that_is_looked_at_comes_first_and_the_others_reload_nothing(self, service, page, tmp_path):
        """The other chapter reads the same table, and does not end before it is let."""
        porte = tmp_path / "porte"
        attend = f"import os, time\nwhile not os.path.exists({str(porte)!r}):\n    time.sleep(0.05)"
        porte.touch()
        lit = "from rapport.chapitre import ouvrir\n\na = ouvrir(annee, donnees)['visiteurs']"
        dit = dire("f'enfin visiteurs,{a}'")
        service.projet.chapitre("second", md("# Second"), PARAMETRES, code(lit), code(attend), dit)
        attendre(lambda: "enfin" in service.page("second"))
        porte.unlink()
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(14))
        voir(page, "Visites : 14")
        assert "visiteurs,12" in service.page("second")
        page.evaluate("window.dejaLa = true")
        porte.touch()
        attendre(lambda: "visiteurs,14" in service.page("second"))
        time.sleep(1)
        assert page.evaluate("window.dejaLa")

    def test_a_page_that_has_not_changed_is_not_written_again(self, service, page):
        autre = service.projet.racine / "_build" / "2023" / "brouillon" / "html" / "second.html"
        avant = autre.stat().st_mtime_ns
        for ligne in ("une", "deux"):
            service.projet.chapitre("premier", *PREMIER, dire(f'"Une ligne, {ligne}"'))
            voir(page, f"Une ligne, {ligne}")
        assert autre.stat().st_mtime_ns == avant

    def test_a_broken_chapter_runs_again_only_for_a_reason(self, service, page):
        service.projet.chapitre("premier", *PREMIER, code("raise ValueError(annee)"))
        voir(page, "ValueError : 2023")
        deja = len(service.dit)
        service.projet.chapitre("second", *SECOND, dire('"autre chose"'))
        attendre(lambda: "autre chose" in service.page("second"))
        assert "ValueError : 2023" in service.page("premier")
        assert "2023 premier…" not in "".join(service.dit[deja:])
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format("douze"))
        voir(page, "colonne «\u00a0valeur\u00a0»")
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(12))
        voir(page, "ValueError : 2023")
        assert "2023 premier…" not in "".join(service.dit[deja:])
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(15))
        service.attendre("2023 premier : échec")

    def test_a_broken_chapter_shows_its_error_and_mends(self, service, page):
        second = service.page("second")
        service.projet.chapitre("premier", *PREMIER, code('a = 1\nraise ValueError("<b>rien</b> ne va")'))
        voir(page, "chapters/premier.ipynb, cellule 5, ligne 2")
        voir(page, "ValueError : <b>rien</b> ne va")
        assert page.locator("article").inner_text().startswith("Cette page ne peut pas être faite")
        assert "Visites" not in page.locator("article").inner_text()
        assert article(service.page("second")) == article(second)
        service.projet.chapitre("second", md("# Second"), PARAMETRES, dire('"le second suit"'))
        service.attendre("2023 second : terminé")
        service.attendre("Composition du livre 2023 : terminé")
        voir(page, "ValueError")
        aller(page, f"{service.adresse}second.html")
        voir(page, "le second suit")
        aller(page, f"{service.adresse}premier.html")
        service.projet.chapitre("premier", *PREMIER)
        voir(page, "Visites : 12")
        assert not page.plaintes

    def test_a_notebook_that_cannot_be_read(self, service, page):
        chemin = service.projet.racine / "chapters" / "premier.ipynb"
        entier = chemin.read_text(encoding="utf-8")
        chemin.write_text(entier[:100], encoding="utf-8")
        voir(page, "premier.ipynb : ce n’est pas un notebook lisible")
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format("douze"))
        voir(page, "colonne «\u00a0valeur\u00a0»")
        voir(page, "premier.ipynb : ce n’est pas un notebook lisible")
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(12))
        chemin.write_text(entier, encoding="utf-8")
        voir(page, "Visites : 12")

    def test_invalid_data_are_shown_where_they_are_read(self, service, page):
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format("douze"))
        voir(page, "data/2023/indicateurs.csv, ligne 2, colonne «\u00a0valeur\u00a0»")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "douze" not in service.page("second")
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(12))
        voir(page, "Visites : 12")
        assert not page.plaintes

    def test_a_file_emptied_for_a_moment_takes_no_page_away(self, service, page):
        """Editors may empty a file before they write it: its chapter then seems to have no data."""
        service.projet.donnee(2023, "indicateurs.csv", "")
        voir(page, "trouvé un fichier vide")
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(12))
        voir(page, "Visites : 12")
        assert not page.plaintes

    def test_a_value_to_fill_is_no_error(self, service, page):
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format("").replace("visiteurs,,r", "visiteurs,,"))
        service.attendre("2023 premier : terminé")
        voir(page, "Visites :")
        assert not page.get_by_role("alert").count()
        service.projet.donnee(2023, "indicateurs.csv", INDICATEURS.format(12))
        voir(page, "Visites : 12")

    def test_a_defect_of_the_page_is_said_on_it(self, service, page):
        service.projet.chapitre("premier", *PREMIER, md("Du texte [ailleurs](#nulle-part)"))
        voir(page, "premier.ipynb")
        voir(page, "nulle-part")
        voir(page, "Visites : 12")
        service.projet.chapitre("second", *SECOND, dire('"autre chose"'))
        attendre(lambda: "autre chose" in service.page("second"))
        assert "nulle-part" in service.page("premier")  # it still holds
        service.projet.chapitre("premier", *PREMIER)
        page.locator("[role=alert]").wait_for(state="detached", timeout=PATIENCE * 1000)

    def test_a_book_that_cannot_be_made_says_why_on_every_page(self, service, page):
        config = service.projet.racine / "_config.yml"
        entier = config.read_text(encoding="utf-8")
        config.write_text(entier.replace("- myst_nb", "- inexistante"), encoding="utf-8")
        voir(page, "Could not import extension inexistante")
        voir(page, "Visites : 12")
        config.write_text(entier.replace("title:", "title: [", 1), encoding="utf-8")
        voir(page, "_config.yml, ligne")
        config.write_text(entier, encoding="utf-8")
        page.locator("[role=alert]").wait_for(state="detached", timeout=PATIENCE * 1000)
        voir(page, "Visites : 12")


def test_pages_have_the_headers_of_the_site_and_what_is_made_does_not_know_the_server(service):
    with urllib.request.urlopen(f"{service.adresse}index.html", timeout=10) as reponse:
        assert "default-src 'self'" in reponse.headers["Content-Security-Policy"]
        assert b"/direct.js" in reponse.read()
    pages = service.projet.racine / "_build" / "2023" / "brouillon" / "html"
    assert "direct.js" not in (pages / "index.html").read_text(encoding="utf-8")
    assert not (service.projet.racine / "_build" / "site").exists()


def test_a_file_read_elsewhere_runs_its_chapter_again(service):
    """Outside the folders of the chapters and of the data; also one that is not there yet, and a folder's names."""
    service.retablir()
    annexes = service.projet.racine / "annexes"
    annexes.mkdir()
    (annexes / "a.csv").write_text("un")
    lit = "import glob, os\nlu = open('../annexes/a.csv').read(), glob.glob('../annexes/*'), os.path.exists('../b')"
    service.projet.chapitre("second", *SECOND, code(lit), dire("' et '.join([lu[0], *lu[1], str(int(lu[2]))])"))
    attendre(lambda: "annexes/a.csv" in service.page("second"))
    for chemin, texte, raison in (
        (annexes / "a.csv", "deux", "annexes/a.csv a changé"),
        (annexes / "c.csv", "", "annexes a changé"),
        (annexes.parent / "b", "", "b est nouveau"),
    ):
        deja = len(service.dit)
        chemin.write_text(texte)
        service.attendre(f"2023 second : terminé.*, {raison}")
        service.attendre("Composition du livre 2023 : terminé")
        assert "2023 premier…" not in "".join(service.dit[deja:])


def test_a_page_sent_as_it_changes_will_reload():
    """The content was taken before the change: the version that goes with it is not the one shown now."""
    with Server(2023, 0) as serveur:
        vues = serveur.pages
        avant, apres = (f"<head></head><article>{mot}</article>".encode() for mot in ("avant", "après"))
        for vues.files in ({"premier.html": avant}, {"premier.html": apres}):
            vues.show()
        assert vues.wait("premier", None).encode() not in serveur.followed("/2023/premier.html", avant)
        assert vues.wait("premier", None).encode() in serveur.followed("/2023/premier.html", apres)
        assert vues.wait("absente", None).encode() in serveur.followed("/2023/absente.html", None)


def test_what_is_said_of_a_page():
    """A failure stands in the place of the content, a note above it; what is said of the edition is said everywhere."""
    vues = Pages()
    modele = b"<head></head><article>%s</article><footer></footer>"
    vues.files = {f"{nom}.html": modele % nom.encode() for nom in PAGES}
    vues.update("premier", crashed="a <b> failed")
    vues.update("second", noted="to mend")
    vues.update("nouveau", blocked="not readable")
    vues.show()
    page = {nom: vues.content(f"{nom}.html") for nom in (*PAGES, "nouveau")}
    assert page["index"] == modele % b"index"
    assert b"a &lt;b&gt; failed</code></p></div></article><footer>" in page["premier"]
    assert b"to mend</code></p></div>second</article>" in page["second"]
    assert b"not readable" in page["nouveau"], "a page that was never made has the frame of another"
    vues.update("premier", blocked="invalid data")
    vues.show()
    assert b"invalid data" in vues.content("premier.html")
    vues.update("premier", blocked="")
    vues.whole = PageState(noted="no book")
    vues.show()
    assert b"a &lt;b&gt; failed" in vues.content("premier.html"), "it still holds"
    assert b"to mend<br>no book" in vues.content("second.html")
    assert b"no book</code></p></div>index" in vues.content("index.html")
    vues.whole = PageState(blocked="nothing goes")
    vues.show()
    assert all(b"nothing goes" in vues.content(f"{nom}.html") for nom in PAGES)


def test_a_port_that_is_taken(projet):
    with socket.create_server(("127.0.0.1", 0)) as pris:
        port = str(pris.getsockname()[1])
        fin = projet.rapport("serve", "--port", port)
    assert (fin.returncode, fin.stdout) == (1, "")
    assert f"Le port {port} est déjà pris" in fin.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "x"], "--port attend un nombre de 0 à 65535, pas « x »."),
        (["2019"], "L’édition « 2019 » n’existe pas. Éditions : "),
    ],
)
def test_usage(projet, arguments, message):
    fin = projet.rapport("serve", *arguments)
    assert fin.returncode == 2
    assert message in fin.stderr


def test_a_build_waits_for_its_turn_and_ctrl_c_leaves_nothing(tmp_path):
    service = Service(nouveau_projet(tmp_path))
    porte = tmp_path / "porte"
    attend = f"import os, time\nwhile not os.path.exists({str(porte)!r}):\n    time.sleep(0.05)"
    service.projet.chapitre("second", *SECOND, code(attend), dire("'enfin'"))
    service.attendre("2023 second…")
    construction = service.projet.lancer("build", "2023")
    assert "Une autre construction est en cours" in construction.stdout.readline()
    porte.touch()
    assert construction.wait(timeout=PATIENCE) == 0
    assert "enfin" in (service.projet.site / "2023" / "second.html").read_text(encoding="utf-8")
    attendre(lambda: "enfin" in service.page("second"))
    service.projet.chapitre("premier", *PREMIER, code("import time; time.sleep(600)"))
    service.attendre("2023 premier…")
    time.sleep(1)
    assert service.arreter() == 0
    time.sleep(2)
    assert not service.descendants()
    assert "Arrêté." in "".join(service.dit)
    assert "Traceback" not in "".join(service.dit)
