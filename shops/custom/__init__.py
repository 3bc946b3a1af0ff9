"""Any platform whose own program speaks our REST API. Nothing is ever called there: it calls us."""
