"""Certificates for stations."""
