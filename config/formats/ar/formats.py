"""Numbers as most Arabic countries write them in these digits. Django's are the Maghreb's: 4.391 for 4,391."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
