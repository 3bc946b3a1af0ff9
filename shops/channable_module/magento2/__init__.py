"""Magento 2 through the public Channable module (Magmodules)."""
