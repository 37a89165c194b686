"""The data folder: files in, rows, numbers and editions out."""
