"""The merchant's pages, a folder each: views translate the request, make one query or one flow call, and show."""
