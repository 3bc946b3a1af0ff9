"""Bring one side of an order in line with what it should be: one idempotent step at a time."""
