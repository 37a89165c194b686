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

// --- The list of chapters, and that of the page's headings, are folded where there is no room beside the text ----------
for (const [selecteur, largeur] of [[".menu", "60rem"], [".plan", "74rem"]]) {
  const etroit = matchMedia(`(max-width: ${largeur})`);
  const plier = () => { for (const liste of document.querySelectorAll(selecteur)) liste.open = !etroit.matches; };
  plier();
  etroit.addEventListener("change", plier);
}

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
const bords = (cadre) => {
  cadre.classList.toggle("a-gauche", cadre.scrollLeft > 1);
  cadre.classList.toggle("a-droite", cadre.scrollLeft + cadre.clientWidth < cadre.scrollWidth - 1);
};
const cadrer = () => {
  for (const cadre of document.querySelectorAll(".cadre-tableau")) {
    const defile = cadre.scrollWidth > cadre.clientWidth + 1;
    cadre.style.setProperty("--premiere", `${defile ? premiere(cadre) : 0}px`);
    if (defile && !cadre.classList.contains("defile")) recent(cadre);
    cadre.classList.toggle("defile", defile);
    bords(cadre);
    if (defile) {
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
document.addEventListener("scroll", (e) => { if (e.target.matches?.(".cadre-tableau")) bords(e.target); }, true);

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

const placer = () => {
  if (!ouvert) return;
  const place = ouvert.getBoundingClientRect();
  const largeur = Math.min(360, innerWidth - 16);
  bulle.style.maxWidth = `${largeur}px`;
  const gauche = Math.max(8, Math.min(place.left, innerWidth - bulle.offsetWidth - 8));
  const dessous = place.bottom + bulle.offsetHeight + 8 < innerHeight;
  bulle.style.left = `${gauche + scrollX}px`;
  bulle.style.top = `${(dessous ? place.bottom : place.top - bulle.offsetHeight) + scrollY}px`;
};
addEventListener("resize", placer);

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
  cible.setAttribute("aria-describedby", "bulle");
  ouvert = cible;
  placer();
};

const cible = (evenement) => evenement.target.closest?.("[data-definition], [data-n]");
document.addEventListener("pointerover", (e) => {
  if (bulle.contains(e.target)) return;
  const c = cible(e);
  if (c) ouvrir(c); else if (ouvert && document.activeElement !== ouvert) fermer();
});
document.addEventListener("focusin", (e) => { const c = cible(e); if (c) ouvrir(c); else fermer(); });
document.addEventListener("click", (e) => { const c = cible(e); if (c) ouvrir(c); else fermer(); });
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape") fermer();
  const c = cible(e);
  if (c?.role !== "button" || !["Enter", " "].includes(e.key)) return;
  e.preventDefault();
  if (c === ouvert) fermer(); else ouvrir(c);
});

// --- « Origine des nombres »: numbers become visible and reachable by keyboard only when asked ----------------------------
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
if ($("[data-n]")) {
  boutonOrigine.hidden = false;
  boutonOrigine.addEventListener("click", () => {
    const actif = boutonOrigine.getAttribute("aria-pressed") !== "true";
    boutonOrigine.setAttribute("aria-pressed", String(actif));
    document.body.classList.toggle("origine-visible", actif);
    boutons ??= [...document.querySelectorAll("[data-n]")].map(bouton);
    for (const n of boutons) {
      if (actif) { n.tabIndex = 0; n.role = "button"; } else { n.removeAttribute("tabindex"); n.removeAttribute("role"); }
    }
  });
}
