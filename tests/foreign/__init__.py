"""Adapters that are no part of the product: written after CONTRIBUTING.md alone, to see that the contracts bear them."""
