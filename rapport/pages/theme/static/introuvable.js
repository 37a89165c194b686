// The page of lost readers stands at any address: only that of this file says where the edition is.
"use strict";
{
  const edition = new URL("../", document.currentScript.src);
  const formulaire = document.querySelector("form");
  formulaire.action = new URL("search.html", edition);
  formulaire.hidden = false;
  const demande = decodeURIComponent(location.pathname).split("/").at(-1).replace(/\.html$/, "").replaceAll("-", " ");
  document.querySelector("#recherche").value = demande === "404" ? "" : demande;
  for (const lien of document.querySelectorAll("main a")) lien.href = new URL(`../${lien.getAttribute("href")}`, edition);
}
