"""What people type: its shape is checked here, its rules in models and services."""
