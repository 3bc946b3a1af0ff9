"""Company > Members, and the link of an invitation."""
