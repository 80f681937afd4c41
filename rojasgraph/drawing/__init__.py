"""Diagrams of labeled networks, drawn as Rojas draws them, and the files they are written to."""
