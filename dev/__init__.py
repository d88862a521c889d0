"""What tests, screenshots and benchmarks share: servers, databases, browsers and scenes."""
