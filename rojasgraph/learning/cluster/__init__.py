"""Past one machine: training and populations of networks on Dask distributed."""
