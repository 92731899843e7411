"""What several benchmarks need: a Shake, the memory of a process, peers and catalogues."""
