"""The networks of windows by their published protocols, and by sound ones."""
