"""The one query that every request with a key makes."""
