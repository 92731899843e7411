"""An emulated arm64 Debian, and what `make arm64` does in it."""
