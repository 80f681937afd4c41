"""Optimizers: generators of positions on an error surface, one file for each family."""
