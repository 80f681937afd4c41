"""Compiled runners: a network as flat arrays, and the engines that run these."""
