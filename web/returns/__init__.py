"""The returns."""
