"""Data sets, model zoo, quantisation, evaluation: from recordings to a bundle a station runs."""
