"""Carrier catalogue, default carrier, mapping rules, recognition of tracking codes."""
