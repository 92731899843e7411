"""The repository of networks for stations."""
