"""The operators' command: one that reaches every service's jobs."""
