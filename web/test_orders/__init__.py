"""The tab Test order of a connection."""
