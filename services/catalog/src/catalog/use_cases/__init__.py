"""What happens in catalog, one story a file. Those that call out take `db`, all others `tx`."""
