"""Set-up > Carriers."""
