"""Contracts, canonical records and the one HTTP door. Knows no Django, no queue, no marketplace and no shop."""
