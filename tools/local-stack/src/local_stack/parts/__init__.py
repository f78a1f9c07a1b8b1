"""What the stack consists of, a file a part: its command, its environment, how it is known to be ready."""
