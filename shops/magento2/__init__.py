"""Magento 2: REST V1, without any module in the shop."""
