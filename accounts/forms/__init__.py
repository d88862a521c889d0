"""Forms check the shape of what people type. The rules are in models and services."""
