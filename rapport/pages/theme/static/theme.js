// Runs before the page is drawn, so that a reader who chose a mode never sees a flash of the other one.
try {
  const choix = localStorage.getItem("theme");
  if (choix) document.documentElement.dataset.theme = choix;
} catch { /* storage refused: the system's mode is kept */ }
