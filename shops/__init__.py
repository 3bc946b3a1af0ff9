"""One folder per shop platform."""
