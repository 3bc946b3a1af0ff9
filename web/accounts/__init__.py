"""Set-up > Marketplace accounts."""
