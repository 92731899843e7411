"""The recordings that stations sent: an SDS tree of miniSEED, capped in size."""

from cloud.waveforms.archive import WaveformArchive, WaveformConfig
from cloud.waveforms.message import WaveformMessage
from cloud.waveforms.selection import Channel, select_records

__all__ = ["Channel", "WaveformArchive", "WaveformConfig", "WaveformMessage", "select_records"]
