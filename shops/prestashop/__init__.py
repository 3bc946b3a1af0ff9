"""PrestaShop 1.7, 8 and 9: its web service, without a module."""
