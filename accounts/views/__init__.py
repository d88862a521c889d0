"""The pages, and the API's own endpoints."""
