"""Ours beside what people would use instead: real server processes, a real PostgreSQL, everything in alternation.

`make bench` runs it all. Nothing here imports Django but `site`, whose programs and servers run as processes of
their own.
"""
