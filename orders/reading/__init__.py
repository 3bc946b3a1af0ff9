"""What marketplaces and shops say of orders becomes facts."""
