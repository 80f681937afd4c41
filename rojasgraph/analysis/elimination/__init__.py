"""Jacobians by elimination: vertices and edges taken out of the graph until the Jacobian is left."""
