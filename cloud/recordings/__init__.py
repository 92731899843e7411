"""Folders of recordings in known layouts, each read as the stations that made them."""

from cloud.recordings.folder import Recording, read_recording

__all__ = ["Recording", "read_recording"]
