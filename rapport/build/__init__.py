"""From data and notebooks to a published site."""
