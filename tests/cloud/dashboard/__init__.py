"""Tests of the page's sources and their build."""
