"""Commands from the centre's machine to stations, and their answers."""
