"""What the line begins with: a folder for what takes long, and a fresh Debian."""

from tests.edge.provision.conftest import build, debian

__all__ = ["build", "debian"]
