"""Learning: the extended network, optimizers, training, recurrent networks."""
