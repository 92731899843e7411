"""Tests of the web side: API, stream, page in a real browser."""
