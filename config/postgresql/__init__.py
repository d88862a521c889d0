"""PostgreSQL as Django has it, with a limit on how long a request waits for it."""
