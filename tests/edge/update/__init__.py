"""Updates over the air, the station's side."""
