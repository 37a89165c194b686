// The search: passages of the book that hold the words asked for, chapters before annexes, the best of each page first.
"use strict";
{
  const vides = new Set(LIVRE.vides);
  const plier = (texte) => texte.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/œ/g, "oe");
  // Plurals and mute letters, nothing more: « élus », « élue » → « elu ».
  const racineDe = (mot) => {
    if (mot.length < 4 || /\d/.test(mot)) return mot;
    const sans = mot.replace(/aux$/, "al").replace(/[sx]$/, "");
    return sans.length > 3 ? sans.replace(/e+$/, "") : sans;
  };
  const MOTS = /\d{1,3}(?:[\u202f\u00a0 ]\d{3})+(?!\d)(?:[,.]\d+)?|\d+(?:[,.]\d+)?|[\p{L}\p{M}]+/gu;
  const VERBE = /(?<=s[’'])élève|élev\p{L}+|élèv(?!es?(?!\p{L}))\p{L}+/giu; // « s’élève à », « élevé » are no « élève »
  /* The words of a text: `debut` and `fin` in it, `forme` folded, `racine`. */
  const decouper = (texte) => [...texte.replace(VERBE, (v) => " ".repeat(v.length)).matchAll(MOTS)].flatMap(({ 0: mot, index }) => {
    const forme = /\d/.test(mot) ? mot.replace(/[\u202f\u00a0 ]/g, "").replace(".", ",") : plier(mot);
    return vides.has(forme) || (forme.length < 2 && !/\d/.test(forme)) ? [] : [{ debut: index, fin: index + mot.length, forme, racine: racineDe(forme) }];
  });

  const passages = LIVRE.pages.flatMap(([page, annexe, sections]) => sections.flatMap(([ancre, titre, textes, notes]) => {
    const lieu = { page, annexe, ancre, titre, chapitre: sections[0][1] };
    const enTete = new Set(decouper(`${titre} ${lieu.chapitre}`).map((m) => m.racine));
    return ["", ...textes, ...notes].map((texte, i) => ({ ...lieu, texte, enTete, mots: decouper(texte), note: i > textes.length }));
  }));
  const compte = new Map(); // root → in how many passages
  const formes = new Map(); // folded form → root
  for (const { mots, enTete } of passages) {
    for (const racine of new Set([...enTete, ...mots.map((m) => m.racine)])) compte.set(racine, (compte.get(racine) ?? 0) + 1);
    for (const m of mots) formes.set(m.forme, m);
  }

  // The smallest number of letters to change, add, drop or exchange; more than 2: 3.
  const distance = (a, b) => {
    if (Math.abs(a.length - b.length) > 2) return 3;
    let [avant, ici] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
    for (let i = 1; i <= a.length; i++) {
      const suite = [i];
      for (let j = 1; j <= b.length; j++) {
        suite[j] = Math.min(ici[j] + 1, suite[j - 1] + 1, ici[j - 1] + (a[i - 1] !== b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) suite[j] = Math.min(suite[j], avant[j - 2] + 1);
      }
      [avant, ici] = [ici, suite];
    }
    return ici[b.length];
  };
  const voisin = (forme) => [...formes.keys()].filter((f) => !/\d/.test(f) && f.length > 3)
    .map((f) => [distance(forme, f), -(compte.get(formes.get(f).racine) ?? 0), f]).filter(([d]) => d <= (forme.length < 6 ? 1 : 2))
    .sort((x, y) => x[0] - y[0] || x[1] - y[1])[0]?.[2];

  const synonymes = new Map(Object.entries(LIVRE.synonymes).map(([mot, dits]) =>
    [racineDe(plier(mot)), dits.map((dit) => decouper(dit).map((m) => m.racine))]));
  // The glossary says what an acronym means, and so what else to look for.
  for (const texte of LIVRE.pages.find(([page]) => page === LIVRE.lexique)?.[2].flatMap(([, , textes]) => textes) ?? []) {
    const [sigle, sens] = texte.split(/\u00a0: (.*)/s);
    const mot = racineDe(plier(sigle));
    if (sens && /^\p{L}+$/u.test(sigle)) synonymes.set(mot, [...(synonymes.get(mot) ?? []), decouper(sens).map((m) => m.racine)]);
  }
  /* The best passage of each page, then the others; chapters before annexes. */
  const ranger = (trouves) => {
    const premiers = new Set(new Map([...trouves].reverse().map((p) => [p.page, p])).values());
    return [...trouves].sort((a, b) => a.annexe - b.annexe || premiers.has(b) - premiers.has(a));
  };
  /* What answers a word: its root, the words that begin with it where it is none, those that say the same. */
  const chercher = (requete) => {
    const demandes = decouper(requete).map(({ forme, racine }) => {
      const debuts = compte.has(racine) || forme.length < 4 ? [racine] : [...compte.keys()].filter((r) => r.startsWith(racine));
      return { forme, racines: new Set(debuts), aussi: synonymes.get(racine) ?? [] };
    });
    const connues = demandes.filter((d) => d.racines.size && [...d.racines].some((r) => compte.has(r)) || d.aussi.length);
    const poids = connues.map((d) => 1 + Math.log(passages.length / Math.max(1, ...[...d.racines].map((r) => compte.get(r) ?? 1))));
    const trouves = passages.map((p) => {
      const ici = new Set(p.mots.map((m) => m.racine));
      const [atteints, marques] = [new Set(), new Set()];
      let points = 0;
      connues.forEach((d, i) => {
        const nombre = p.mots.filter((m) => d.racines.has(m.racine)).length;
        const titre = [...d.racines].some((r) => p.enTete.has(r));
        const dit = nombre ? undefined : d.aussi.find((racines) => racines.length && racines.every((r) => ici.has(r)));
        if (!nombre && !titre && !dit) return;
        atteints.add(i);
        points += poids[i] * (nombre ? 1 + Math.log(nombre) : dit ? 0.5 : 0) + (titre ? poids[i] : 0);
        for (const r of dit ?? d.racines) marques.add(r);
      });
      return { ...p, points: p.note ? points / 2 : points, atteints, marques };
    });
    // A section answers by all its passages; the best of them is shown. A page that answers often is about it.
    const sections = new Map();
    const parPage = new Map();
    for (const p of trouves.filter((p) => p.atteints.size)) {
      const cle = `${p.page}#${p.ancre}`;
      const [meilleur, atteints] = sections.get(cle) ?? [p, new Set()];
      for (const i of p.atteints) atteints.add(i);
      sections.set(cle, [p.points > meilleur.points || !meilleur.texte ? p : meilleur, atteints]);
      parPage.set(p.page, (parPage.get(p.page) ?? 0) + 1);
    }
    const plus = Math.max(0, ...[...sections.values()].map(([, atteints]) => atteints.size));
    const rang = (p) => p.points + Math.log(parPage.get(p.page));
    return {
      absents: demandes.filter((d) => !connues.includes(d)).map((d) => d.forme),
      resultats: ranger([...sections.values()].filter(([, atteints]) => atteints.size === plus).map(([p]) => p).sort((a, b) => rang(b) - rang(a))),
    };
  };

  const creer = (nom, classe, ...contenu) => {
    const e = document.createElement(nom);
    if (classe) e.className = classe;
    e.append(...contenu);
    return e;
  };
  const marquer = (texte, marques, longueur = 260) => {
    const mots = decouper(texte).filter((m) => marques.has(m.racine));
    const debut = texte.length > longueur && mots.length ? texte.lastIndexOf(" ", Math.max(0, mots[0].debut - 80)) + 1 : 0;
    const fin = texte.length - debut > longueur ? texte.lastIndexOf(" ", debut + longueur) : texte.length;
    const morceaux = [debut ? "… " : ""];
    let ici = debut;
    for (const m of mots.filter((m) => m.debut >= debut && m.fin <= fin)) {
      morceaux.push(texte.slice(ici, m.debut), creer("mark", "", texte.slice(m.debut, m.fin)));
      ici = m.fin;
    }
    return [...morceaux, texte.slice(ici, fin), fin < texte.length ? " …" : ""];
  };

  const requete = new URLSearchParams(location.search).get("q")?.trim() ?? "";
  const place = document.querySelector("#search-results");
  if (requete) {
    document.querySelector("#recherche").value = requete;
    document.title = `${requete} – ${document.title}`;
    let { absents, resultats } = chercher(requete);
    const corrections = absents.map((mot) => [mot, voisin(mot)]).filter(([, autre]) => autre);
    if (corrections.length) {
      const corrigee = decouper(requete).map((m) => new Map(corrections).get(m.forme) ?? m.forme).join(" ");
      const lien = creer("a", "", corrigee);
      lien.href = `?q=${encodeURIComponent(corrigee)}`;
      place.append(creer("p", "suggestion", "Vouliez-vous dire « ", lien, " » ?"));
      if (!resultats.length) ({ resultats } = chercher(corrigee));
    }
    const combien = resultats.length > 1 ? `${resultats.length} passages trouvés` : resultats.length ? "1 passage trouvé" : "La recherche n’a rien trouvé";
    const suite = resultats.length ? "." : ". Vérifiez l’orthographe, ou essayez un mot plus court.";
    place.append(creer("p", "search-summary", `${combien} pour « ${requete} »${suite}`));
    const liste = creer("ul", "search");
    for (const r of resultats.slice(0, 40)) {
      const lien = creer("a", "", r.titre);
      lien.href = `${r.page}.html${r.ancre ? `#${r.ancre}` : ""}`;
      const ligne = creer("li", "", lien);
      if (r.titre !== r.chapitre) ligne.append(creer("span", "lieu", ` – ${r.chapitre}`));
      if (r.texte) ligne.append(creer("p", "context", ...marquer(r.texte, r.marques)));
      liste.append(ligne);
    }
    if (resultats.length) place.append(liste);
  }
}
