"""Jacobians by elimination: vertices and edges taken out until only the Jacobian is left."""
