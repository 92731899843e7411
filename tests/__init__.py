"""The tests mirror the packages; `streams` and `recordings` hold what they are made of."""
