"""Pages: what is sold where, from when, until when."""
