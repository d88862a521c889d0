"""Emails about keys: what is written in them, who gets them, and how they leave."""
