// The book's behaviour: mode, editions, menu, wide tables, and the bubble that explains sigles and numbers.
"use strict";

const racine = document.documentElement;
const $ = (selecteur) => document.querySelector(selecteur);

// --- Light and dark -------------------------------------------------------------------------------------------------
const boutonTheme = $("#bouton-theme");
const sombre = () =>
  racine.dataset.theme ? racine.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const montrerTheme = () => boutonTheme.setAttribute("aria-pressed", String(sombre()));
boutonTheme.hidden = false;
montrerTheme();
boutonTheme.addEventListener("click", () => {
  racine.dataset.theme = sombre() ? "light" : "dark";
  try { localStorage.setItem("theme", racine.dataset.theme); } catch { /* not kept, that is all */ }
  montrerTheme();
});

// --- The same page in the other editions (editions.js, beside the editions, is rewritten at each publication) --------
const nav = $(".editions");
const editions = window.EDITIONS ?? {};
const autres = Object.keys(editions).filter((annee) => annee !== nav.dataset.annee).sort().reverse();
if (autres.length) {
  const liste = document.createElement("ul");
  for (const annee of autres) {
    const page = editions[annee].includes(nav.dataset.page) ? nav.dataset.page : "index";
    const lien = document.createElement("a");
    lien.href = `${racine.dataset.content_root}../${annee}/${page}.html`;
    lien.textContent = `Édition ${annee}`;
    liste.appendChild(document.createElement("li")).append(lien);
  }
  nav.append(liste);
  nav.hidden = false;
}

// --- The menu of chapters is folded on a small screen ------------------------------------------------------------------
const menu = $(".menu");
const petit = matchMedia("(max-width: 60rem)");
const plier = () => { menu.open = !petit.matches; };
plier();
petit.addEventListener("change", plier);

// --- Wide tables: reachable by keyboard when they scroll ----------------------------------------------------------------
const cadrer = () => {
  for (const cadre of document.querySelectorAll(".pst-scrollable-table-container, .cadre-tableau")) {
    if (cadre.scrollWidth > cadre.clientWidth + 1) {
      cadre.tabIndex = 0;
      cadre.setAttribute("role", "region");
      cadre.setAttribute("aria-label", `${cadre.querySelector("caption")?.textContent.trim() ?? "Tableau"} (défilement)`);
    } else {
      for (const nom of ["tabindex", "role", "aria-label"]) cadre.removeAttribute(nom);
    }
  }
};
cadrer();
addEventListener("resize", cadrer);
document.addEventListener("toggle", cadrer, true);

// --- One bubble for the sigles and for the origin of numbers -------------------------------------------------------------
const donnees = $("#origines");
const origines = donnees ? JSON.parse(donnees.textContent) : { textes: [], nombres: {} };
const bulle = document.createElement("div");
bulle.id = "bulle";
bulle.setAttribute("role", "tooltip");
bulle.hidden = true;
$("#contenu").append(bulle);
let ouvert = null;

const texteDe = (cible) =>
  cible.dataset.definition ? [cible.dataset.definition] : (origines.nombres[cible.dataset.n] ?? []).map((place) => origines.textes[place]);

const fermer = () => {
  if (!ouvert) return;
  ouvert.removeAttribute("aria-describedby");
  bulle.hidden = true;
  ouvert = null;
};

const ouvrir = (cible) => {
  const lignes = texteDe(cible);
  if (cible === ouvert || !lignes.length) return;
  fermer();
  bulle.replaceChildren(...lignes.map((ligne) => {
    const p = document.createElement("p");
    p.textContent = ligne;
    return p;
  }));
  bulle.hidden = false;
  const place = cible.getBoundingClientRect();
  const largeur = Math.min(360, innerWidth - 16);
  bulle.style.maxWidth = `${largeur}px`;
  const gauche = Math.max(8, Math.min(place.left, innerWidth - bulle.offsetWidth - 8));
  const dessous = place.bottom + bulle.offsetHeight + 12 < innerHeight;
  bulle.style.left = `${gauche + scrollX}px`;
  bulle.style.top = `${(dessous ? place.bottom + 4 : place.top - bulle.offsetHeight - 4) + scrollY}px`;
  cible.setAttribute("aria-describedby", "bulle");
  ouvert = cible;
};

const cible = (evenement) => evenement.target.closest?.("[data-definition], [data-n]");
document.addEventListener("pointerover", (e) => {
  if (bulle.contains(e.target)) return;
  const c = cible(e);
  if (c) ouvrir(c); else if (ouvert && document.activeElement !== ouvert) fermer();
});
document.addEventListener("focusin", (e) => { const c = cible(e); if (c) ouvrir(c); else fermer(); });
document.addEventListener("click", (e) => { const c = cible(e); if (c) ouvrir(c); else fermer(); });
document.addEventListener("keydown", (e) => { if (e.key === "Escape") fermer(); });

// --- « Origine des nombres »: numbers become visible and reachable by keyboard only when asked ----------------------------
const boutonOrigine = $("#bouton-origine");
const nombres = document.querySelectorAll("[data-n]");
if (nombres.length) {
  boutonOrigine.hidden = false;
  boutonOrigine.addEventListener("click", () => {
    const actif = boutonOrigine.getAttribute("aria-pressed") !== "true";
    boutonOrigine.setAttribute("aria-pressed", String(actif));
    document.body.classList.toggle("origine-visible", actif);
    for (const n of nombres) {
      if (actif) { n.tabIndex = 0; n.setAttribute("role", "note"); } else { n.removeAttribute("tabindex"); n.removeAttribute("role"); }
    }
  });
}
