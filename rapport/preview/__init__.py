"""An edition shown while it is written."""
