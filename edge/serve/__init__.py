"""What a station serves to others: its samples by SeedLink, and stretches of them on request."""
