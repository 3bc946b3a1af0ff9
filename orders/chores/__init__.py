"""Housekeeping about orders, done now and then."""
