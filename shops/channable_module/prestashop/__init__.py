"""PrestaShop through the public Channable module (patworx)."""
