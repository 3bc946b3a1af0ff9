"""What the API takes and gives, resource by resource."""
