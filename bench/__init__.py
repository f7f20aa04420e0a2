"""Benchmarks: `make bench`. Process CPU time, medians, one process, the machine named; never assertions in tests."""
