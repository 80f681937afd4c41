"""Our own layout: a layered drawing of an acyclic graph, for when dot is not there or too slow."""
