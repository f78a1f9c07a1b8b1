"""Catalog's routes and their request and response models."""
