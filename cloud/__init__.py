"""The aggregator: triggers of many stations in, located events out."""
