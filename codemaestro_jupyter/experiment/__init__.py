"""Measure, do not claim: benchmarks that anybody can run on their own project."""
