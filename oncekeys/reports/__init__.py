"""Reports are what pages compute from keys and their usage."""
