"""Companies, members and roles, subscription and modules, API keys, credentials, audit trail."""
