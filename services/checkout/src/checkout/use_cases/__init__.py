"""The stories of checkout, one a file. What calls out takes `db`, all else takes `tx`."""
