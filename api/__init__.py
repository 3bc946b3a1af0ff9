"""Addresses that programs call."""
