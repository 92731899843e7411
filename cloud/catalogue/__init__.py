"""Catalogues: a file of picks, long after the shaking, made into events at one go."""
