"""What is connected: projects, shops, marketplace accounts and the order connections between them."""
