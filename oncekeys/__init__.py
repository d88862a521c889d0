"""The deployment: settings, URLs and servers. It knows nothing about keys."""
