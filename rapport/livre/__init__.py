"""What the book is made of: its list of chapters, its notebooks and their sections."""
