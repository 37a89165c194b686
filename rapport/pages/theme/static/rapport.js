// The book's behaviour: mode, editions, menu, wide tables, and the bubble that explains sigles and numbers.
"use strict";

const racine = document.documentElement;
const $ = (selecteur) => document.querySelector(selecteur);

// What a reader chose is kept from page to page, where the browser lets it.
const garde = (nom) => { try { return localStorage.getItem(nom); } catch { return null; } };
const garder = (nom, valeur) => { try { localStorage.setItem(nom, valeur); } catch { /* not kept, that is all */ } };

// --- Light and dark -------------------------------------------------------------------------------------------------
const boutonTheme = $("#bouton-theme");
const sombre = () =>
  racine.dataset.theme ? racine.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const montrerTheme = () => { boutonTheme.textContent = sombre() ? "Mode clair" : "Mode sombre"; };
boutonTheme.hidden = false;
montrerTheme();
boutonTheme.addEventListener("click", () => {
  racine.dataset.theme = sombre() ? "light" : "dark";
  garder("theme", racine.dataset.theme);
  montrerTheme();
});

// --- The same page in the other editions (editions.js, beside the editions, is rewritten at each publication) --------
const nav = $(".editions");
const editions = window.EDITIONS ?? {};
const autres = Object.keys(editions).filter((annee) => annee !== nav.dataset.annee).sort().reverse();
if (autres.length) {
  const liste = document.createElement("ul");
  for (const annee of autres) {
    const existe = editions[annee].includes(nav.dataset.page);
    const page = existe ? nav.dataset.page : "index";
    const lien = document.createElement("a");
    lien.href = `${racine.dataset.content_root}../${annee}/${page}.html`;
    lien.textContent = `Édition ${annee}`;
    if (!existe) lien.title = `L’accueil de l’édition ${annee}, qui n’a pas cette page`;
    else lien.addEventListener("click", () => { lien.hash = section ? section.hash : location.hash; });
    liste.appendChild(document.createElement("li")).append(lien);
  }
  nav.append(liste);
  nav.hidden = false;
}

// --- Where the reader is: in the list of chapters, in that of the headings -----------------------------------------------
let section = null; // the link, in the list of headings, to the one being read
const ici = $(".menu [aria-current]");
const liste = $(".chapitres");
const titres = [...document.querySelectorAll(".sommaire a")].map((a) => [a, document.getElementById(decodeURIComponent(a.hash.slice(1)))]);
const suivre = () => {
  const lu = titres.findLast(([, titre]) => titre && titre.getBoundingClientRect().top < innerHeight / 3)?.[0] ?? null;
  $(".haut").hidden = scrollY < innerHeight;
  if (lu === section) return;
  section?.removeAttribute("aria-current");
  section = lu;
  section?.setAttribute("aria-current", "true");
};

// --- The list of chapters, and that of the page's headings, are folded where there is no room beside the text ----------
for (const [selecteur, largeur] of [[".menu", "60rem"], [".plan", "74rem"]]) {
  const etroit = matchMedia(`(max-width: ${largeur})`);
  const plier = () => { for (const liste of document.querySelectorAll(selecteur)) liste.open = !etroit.matches; };
  plier();
  etroit.addEventListener("change", plier);
}
if (ici) liste.scrollTop = ici.offsetTop - liste.clientHeight / 2;
addEventListener("scroll", suivre, { passive: true });
suivre();

// --- On paper: where the page is, and when it was printed ---------------------------------------------------------------
addEventListener("beforeprint", () => {
  const jour = new Date().toLocaleDateString("fr", { dateStyle: "long" });
  $(".imprime").textContent = `${location.href.replace(location.hash, "")} – imprimé le ${jour}`;
});

// --- Wide tables: reachable by keyboard when they scroll, with a cue, and the newest year in sight ------------------------
const an = (th) => Number(/\b20\d\d\b/.exec(th.textContent));
const premiere = (cadre) => cadre.querySelector("thead th").offsetWidth;
const recent = (cadre) => {
  const colonnes = [...cadre.querySelectorAll("thead tr:last-child th")];
  const annees = colonnes.map(an);
  const dernier = annees.indexOf(Math.max(...annees));
  if (new Set(annees.filter(Boolean)).size < 2) return;
  const bords = colonnes.slice(0, dernier + 1).map((th) => th.offsetLeft - premiere(cadre));
  cadre.scrollLeft = bords.findLast((bord) => bord <= cadre.scrollWidth - cadre.clientWidth) ?? 0; // no column is cut on the left
};
const PEU = 8; // pixels that hide nothing
const bords = (cadre) => {
  cadre.classList.toggle("a-gauche", cadre.scrollLeft > PEU);
  cadre.classList.toggle("a-droite", cadre.scrollLeft + cadre.clientWidth < cadre.scrollWidth - PEU);
};
const cadrer = () => {
  for (const cadre of document.querySelectorAll(".cadre-tableau")) {
    const defile = cadre.scrollWidth > cadre.clientWidth + 1;
    cadre.style.setProperty("--premiere", `${defile ? premiere(cadre) : 0}px`);
    cadre.style.setProperty("--titre", `${cadre.querySelector("caption")?.offsetHeight ?? 0}px`);
    if (defile && !cadre.classList.contains("defile")) recent(cadre);
    cadre.classList.toggle("defile", defile);
    bords(cadre);
    if (defile) {
      cadre.tabIndex = 0;
      cadre.setAttribute("role", "region");
      cadre.setAttribute("aria-label", `${cadre.querySelector(".caption-text, caption")?.textContent.trim() ?? "Tableau"} (défilement)`);
    } else {
      for (const nom of ["tabindex", "role", "aria-label"]) cadre.removeAttribute(nom);
    }
  }
};
cadrer();
addEventListener("resize", cadrer);
document.addEventListener("toggle", cadrer, true);
document.addEventListener("scroll", (e) => { if (e.target.matches?.(".cadre-tableau")) bords(e.target); }, true);

// --- One bubble for the sigles and, once asked for, for the origin of numbers ---------------------------------------------
const donnees = $("#origines");
const origines = donnees ? JSON.parse(donnees.textContent) : { textes: [], nombres: {} };
const bulle = document.createElement("div");
bulle.id = "bulle";
bulle.hidden = true;
$("#contenu").append(bulle);
let ouvert = null;

const texteDe = (cible) =>
  cible.dataset.definition ? [cible.dataset.definition] : (origines.nombres[cible.dataset.n] ?? []).map((place) => origines.textes[place]);

const balise = (nom, ...contenu) => {
  const e = document.createElement(nom);
  e.append(...contenu);
  return e;
};
// « visites.csv (2023), lignes 2 à 5 » leads to these rows of the file that this edition publishes (RFC 7111).
const lier = (texte) => texte.split(/(\S+\.csv \(\d{4}\), lignes? \d+(?: à \d+)?)/).map((morceau, i) => {
  if (i % 2 === 0) return morceau;
  const [, table, annee, debut, fin] = /(\S+)\.csv \((\d+)\), lignes? (\d+)(?: à (\d+))?/.exec(morceau);
  const page = table === "indicateurs" ? "indicateurs" : "donnees";
  if (!editions[annee]?.includes(page)) return morceau;
  const lieu = `${racine.dataset.content_root}../${annee}/`;
  const a = balise("a", morceau);
  a.href = lieu + (page === table ? "indicateurs.html" : `fichiers/donnees-${table.replaceAll("_", "-")}-${annee}.csv#row=${debut}${fin ? `-${fin}` : ""}`);
  return a;
});
const LONGUE = 200;
const paragraphe = (ligne) => {
  if (ligne.length < LONGUE) return balise("p", ...lier(ligne));
  const coupe = ligne.indexOf("\u00a0: ", ligne.indexOf("\u00a0: ") + 1); // « Calcul : somme de 24 valeurs : … »
  const resume = coupe > 0 && coupe < 80 ? ligne.slice(0, coupe) : `${ligne.slice(0, 80).replace(/ \S*$/, "")}…`;
  return balise("details", balise("summary", resume), balise("p", ...lier(coupe > 0 && coupe < 80 ? ligne.slice(coupe + 3) : ligne)));
};

const fermer = () => {
  if (!ouvert) return;
  ouvert.removeAttribute("aria-describedby");
  bulle.hidden = true;
  ouvert = null;
};

const placer = () => {
  if (!ouvert) return;
  const place = ouvert.getBoundingClientRect();
  const largeur = Math.min(360, document.documentElement.clientWidth - 16);
  bulle.style.maxWidth = `${largeur}px`;
  const gauche = Math.max(8, Math.min(place.left, innerWidth - bulle.offsetWidth - 8));
  const dessous = place.bottom + bulle.offsetHeight + 8 < innerHeight || place.top < bulle.offsetHeight;
  bulle.style.left = `${gauche + scrollX}px`;
  bulle.style.top = `${(dessous ? place.bottom : place.top - bulle.offsetHeight) + scrollY}px`;
};
addEventListener("resize", placer);
bulle.addEventListener("toggle", placer, true);

const ouvrir = (cible) => {
  const lignes = texteDe(cible);
  if (cible === ouvert || !lignes.length) return;
  fermer();
  const nombre = Boolean(cible.dataset.n);
  bulle.setAttribute("role", nombre ? "group" : "tooltip");
  if (nombre) bulle.setAttribute("aria-label", "Origine du nombre"); else bulle.removeAttribute("aria-label");
  bulle.replaceChildren(...lignes.map(nombre ? paragraphe : (ligne) => balise("p", ligne)));
  if (nombre) {
    const adresse = balise("a", "Adresse de ce nombre");
    adresse.href = `#nombre-${cible.dataset.n}`;
    bulle.append(balise("p", adresse));
  }
  bulle.hidden = false;
  cible.setAttribute("aria-describedby", "bulle");
  ouvert = cible;
  placer();
};

const cible = (evenement) => evenement.target.closest?.("[data-definition], [data-n][role]");
document.addEventListener("pointerover", (e) => {
  const c = e.target.closest?.("[data-definition]");
  if (bulle.contains(e.target)) return;
  if (c) ouvrir(c); else if (ouvert?.dataset.definition && document.activeElement !== ouvert) fermer();
});
for (const evenement of ["focusin", "click"]) {
  document.addEventListener(evenement, (e) => {
    if (bulle.contains(e.target)) return;
    const c = cible(e);
    if (c) ouvrir(c); else fermer();
  });
}
// Enter goes into the bubble; Tab and Escape come back to the number. Without Enter, Tab goes on to the next number.
document.addEventListener("keydown", (e) => {
  const dedans = [...bulle.querySelectorAll("summary, a")].filter((x) => x.checkVisibility());
  if (e.key === "Escape") { const retour = bulle.contains(e.target) && ouvert; fermer(); if (retour) { retour.focus(); fermer(); } }
  if (e.key === "Tab" && bulle.contains(e.target) && e.target === dedans.at(e.shiftKey ? 0 : -1)) {
    ouvert.focus();
    if (e.shiftKey) e.preventDefault();
  }
  const c = cible(e);
  if (c?.role !== "button" || !["Enter", " "].includes(e.key)) return;
  e.preventDefault();
  if (c !== ouvert) ouvrir(c); else if (dedans.length) dedans[0].focus(); else fermer();
});

// --- « Origine des nombres »: numbers become visible and reachable by keyboard only when asked, here and on the next pages ---
// A cell that became a button would no longer be a cell: its number goes into a span, which may.
const bouton = (n) => {
  if (n.tagName !== "TD") return n;
  const span = document.createElement("span");
  span.dataset.n = n.dataset.n;
  span.append(...n.childNodes);
  n.removeAttribute("data-n");
  n.className = "nombre";
  n.append(span);
  return span;
};
const boutonOrigine = $("#bouton-origine");
let boutons;
const montrerOrigines = (actif) => {
  boutonOrigine.setAttribute("aria-pressed", String(actif));
  document.body.classList.toggle("origine-visible", actif);
  fermer();
  boutons ??= [...document.querySelectorAll("[data-n]")].map(bouton);
  for (const n of boutons) {
    if (actif) { n.tabIndex = 0; n.role = "button"; } else { n.removeAttribute("tabindex"); n.removeAttribute("role"); }
  }
};
boutonOrigine.hidden = false;
if (garde("origines") === "oui") montrerOrigines(true);
boutonOrigine.addEventListener("click", () => {
  const actif = boutonOrigine.getAttribute("aria-pressed") !== "true";
  garder("origines", actif ? "oui" : "non");
  montrerOrigines(actif);
});

// --- « page.html#nombre-… » opens the origin of that number -----------------------------------------------------------------
const viser = () => {
  const vise = /^#nombre-(\w+)$/.exec(location.hash)?.[1];
  const lu = vise && $(`[data-n="${vise}"]`);
  if (!lu) return;
  montrerOrigines(true);
  const n = $(`[data-n="${vise}"]`);
  for (let pli = n.closest("details"); pli; pli = pli.parentElement.closest("details")) pli.open = true;
  n.focus();
};
addEventListener("hashchange", viser);
viser();

// --- « Intégrer »: the code that shows a figure or a table in the page of another site ----------------------------------------
const AUTOUR = 240; // the height of its title, its source and its licence
document.addEventListener("toggle", (e) => {
  const a = e.target.matches?.(".pied > details[open]") && e.target.querySelector(".integrer > a");
  if (!a || a.parentElement.querySelector("code")) return;
  let objet = e.target.parentElement;
  while (!objet.matches(".dessin, .cadre-tableau")) objet = objet.previousElementSibling;
  const titre = (a.closest("figure") ?? objet).querySelector(".caption-text").textContent.replaceAll('"', "&quot;");
  a.parentElement.append("\u00a0: ", balise("code", `<iframe src="${a.href}" title="${titre}" width="100%" height="${objet.offsetHeight + AUTOUR}"></iframe>`));
}, true);

// --- A figure as a PNG, for a word processor: drawn from its SVG at the click (not from a file, which a browser keeps shut) ----
for (const svg of location.protocol === "file:" ? [] : document.querySelectorAll('.telechargements a[href$=".svg"]')) {
  const png = balise("a", "PNG");
  png.href = svg.href;
  png.download = svg.pathname.replace(/.*\//, "").replace(/svg$/, "png");
  png.addEventListener("click", async (e) => {
    if (png.href !== svg.href) return;
    e.preventDefault();
    const image = new Image();
    image.src = svg.href;
    await image.decode();
    const toile = document.createElement("canvas");
    [toile.width, toile.height] = [image.width * 2, image.height * 2];
    toile.getContext("2d").drawImage(image, 0, 0, toile.width, toile.height);
    toile.toBlob((photo) => {
      png.href = URL.createObjectURL(photo);
      png.click();
      URL.revokeObjectURL(png.href);
      png.href = svg.href;
    }, "image/png");
  });
  svg.after(" ", png);
}
