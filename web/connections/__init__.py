"""Set-up > Orders: the order connections."""
