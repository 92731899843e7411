"""The web services of the FDSN, version 1: events, stations, waveforms for everybody's tools."""

from cloud.fdsnws.routes import fdsnws_router

__all__ = ["fdsnws_router"]
