"""What a notebook shows: texts, figures, tables, and where their numbers come from."""
