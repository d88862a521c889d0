"""What pages compute from keys and their use."""
