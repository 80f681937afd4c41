"""The engine of JAX, and networks as pure functions of JAX."""
