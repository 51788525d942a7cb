"""Synthetic funds with planted schemes, and the answer key that only ``grade`` reads."""
