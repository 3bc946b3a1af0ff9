"""Set-up > Projects."""
