"""The API's resources. A view translates its input and makes one flow call."""
