"""The peers of oncekeys, put into the project `organisations` in the same way."""
