"""A mail server that delivers nothing and shows everything."""
