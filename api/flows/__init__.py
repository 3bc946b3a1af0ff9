"""Use cases of the API itself."""
