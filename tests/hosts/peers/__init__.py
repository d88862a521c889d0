"""What people would use instead of oncekeys, put into the project `organisations` the same way."""
