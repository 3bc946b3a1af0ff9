"""Imported products, the stock ledger and what each marketplace should offer."""
