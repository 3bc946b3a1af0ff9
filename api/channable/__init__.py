"""Channable's dialect: the calls an integration made for its API knows, over the same flows.

Shapes and words as gathered from its published description (OpenAPI 3.1, read in November 2026).
"""
