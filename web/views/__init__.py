"""The merchant's pages: translate the request, make one query or one flow call, show."""
