"""Tests of scripts.emulated: what needs no emulator."""
