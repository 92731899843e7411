"""Multi-station transfer learning: what several stations saw together teaches a network anew."""
