"""The engine of compiled vector code."""
