"""From an image to a network that runs: the whole fleet on one machine, by its own commands."""
