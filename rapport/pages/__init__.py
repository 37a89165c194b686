"""The pages of the book, as Sphinx makes them."""
