"""The yearly activity report of the Caf de l'Ariège, as a book that re-computes itself."""
