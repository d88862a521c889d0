"""The mechanics of a key: plain Python, no Django, no database."""
