"""Changes from afar."""
