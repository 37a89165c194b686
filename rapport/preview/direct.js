// Added by `rapport serve` to the pages that it shows, never published: reload when there is something new.
"use strict";

const { page, version } = document.currentScript.dataset;
let nouvelles;

// A browser opens few connections to one server: pages that nobody sees give theirs back.
function ecouter() {
  nouvelles?.close();
  if (document.hidden) return;
  nouvelles = new EventSource(`/evenements/${encodeURIComponent(page)}`);
  nouvelles.onmessage = (evenement) => { if (evenement.data !== version) location.reload(); };
}

document.addEventListener("visibilitychange", ecouter);
ecouter();
