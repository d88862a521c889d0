"""Forms of the pages, and their rendering."""
