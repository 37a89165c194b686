"""The data may be published, or not: what is checked, and how errors are told."""
