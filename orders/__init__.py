"""What flows: orders, shipments, cancellations and returns."""
