"""An account of a product, its people, and its API keys."""
