"""How noisy a site is: power spectral density in octaves, against the sensor and the world."""
