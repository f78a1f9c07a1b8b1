"""The stories of leads, one a file."""
