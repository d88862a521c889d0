"""The promises under attack and in failure: real servers, a real PostgreSQL, real proxies.

`make torture` runs every scenario and prints a table; a short cut of the same scenarios is in `make test`. Nothing in
here imports Django but `story` and `peers_site`, which run as processes of their own.
"""
