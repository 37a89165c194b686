"""From notebooks to a published site."""
