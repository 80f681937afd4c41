"""Second derivatives: what two paths to a node make of its curvature."""
