// Sphinx shows an excerpt of each page found by fetching it, which browsers refuse to pages opened from a file.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol.startsWith("http");
