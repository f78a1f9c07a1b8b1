"""What every service stands on. It knows no event and no table of any of them."""
