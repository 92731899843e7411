"""Published protocols of the networks, run on a user's data beside the sound ones."""
