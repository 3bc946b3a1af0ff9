"""Magento 1 and OpenMage through the public Channable module (Magmodules)."""
