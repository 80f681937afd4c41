"""Derivations: the labels as formulas, step by step, to hold against pen and paper."""
