"""Questions to a labeled graph beyond the gradient."""
