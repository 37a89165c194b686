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
// An excerpt of each page found is fetched, which browsers refuse to pages opened from a file.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol.startsWith("http");
