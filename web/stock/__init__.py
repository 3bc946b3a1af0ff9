"""The products and their stock."""
