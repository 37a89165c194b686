"""Whether the numbers are true: printed figures recomputed, identities, odd values."""
