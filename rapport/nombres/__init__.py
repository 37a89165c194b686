"""Exact numbers that know where they come from, what is computed of them, and how French writes them."""
