// Sphinx's search, in our words: its own catalogue of translations needs eval, which a strict policy forbids.
Object.assign(Documentation.TRANSLATIONS, {
  "Search Results": "Résultats de la recherche",
  Searching: "Recherche en cours",
  "Preparing search...": "Préparation de la recherche…",
  "Search finished, found ${resultCount} page(s) matching the search query.":
    "Recherche terminée. Pages trouvées : ${resultCount}",
  "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
    "La recherche n’a rien trouvé. Vérifiez l’orthographe, ou essayez un mot plus court.",
});
// The words found are not marked in the pages: this replaces the script that would do it.
const SPHINX_HIGHLIGHT_ENABLED = false;
// A page found is described in its own first words.
new MutationObserver(() => {
  for (const lien of document.querySelectorAll("ul.search a:only-child")) {
    const description = DESCRIPTIONS[lien.getAttribute("href").replace(".html", "")];
    if (!description) continue;
    const p = document.createElement("p");
    p.className = "context";
    p.textContent = description;
    lien.after(p);
  }
}).observe(document.querySelector("#search-results"), { childList: true, subtree: true });
