"""What is collected: nothing of JAX or of Dask where it is not installed."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("jax") else ["docs/jax.md", "rojasgraph/engine/jax/*"]
collect_ignore_glob += [] if find_spec("distributed") else ["docs/cluster.md"]
