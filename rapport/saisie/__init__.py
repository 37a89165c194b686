"""What an analyst does with the data of a year: prepare, fill, compare."""
