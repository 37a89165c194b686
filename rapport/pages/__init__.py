"""The pages of the book, as Sphinx makes them."""

from pathlib import Path

THEME = Path(__file__).with_name("theme")
"""The folder of the theme, for screens and for paper."""
