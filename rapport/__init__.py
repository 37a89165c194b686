"""The yearly activity report of the Caf de l'Ariège, as a book that re-computes itself."""

import sys

# JupyterLab brings a package that jsonschema (imported by nbformat) loads where it finds it: two seconds to build a
# grammar of internationalised addresses, which no schema here asks for.
sys.modules.setdefault("rfc3987_syntax", None)
