"""The page: both passes over a network, to be walked through in a browser."""
