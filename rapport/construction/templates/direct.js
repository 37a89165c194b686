// Added by `rapport serve` to the pages that it shows, never published: reload when there is something new.
"use strict";

const vue = document.currentScript.dataset.version;
let nouvelles;

// A browser opens few connections to one server: pages that nobody sees give theirs back.
function ecouter() {
  nouvelles?.close();
  if (document.hidden) return;
  nouvelles = new EventSource("/evenements");
  nouvelles.onmessage = (evenement) => { if (evenement.data !== vue) location.reload(); };
}

document.addEventListener("visibilitychange", ecouter);
ecouter();
