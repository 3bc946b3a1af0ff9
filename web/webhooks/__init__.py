"""Company > Webhooks."""
