"""Tells programs what happens: their endpoints, the messages they are owed, and how these are sent."""
