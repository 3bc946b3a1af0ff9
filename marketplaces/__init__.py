"""One folder per marketplace."""
