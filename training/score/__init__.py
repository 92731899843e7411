"""How well detectors do on recordings, measured through the station's own pipeline."""
