"""The engine that is always there."""
