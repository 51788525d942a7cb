"""Legitimate explanations that claims can speak for or against, tested for who is listed."""
