"""Company > API keys."""
