"""Shared tools of tests, screenshots and benchmarks: servers, databases, browsers and scenes."""
