"""Creators, how they sign in and are paid, their products, and the files these are made of."""
