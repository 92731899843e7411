"""What several benchmarks need: a broker, a Shake, processes and their cost, peers."""
