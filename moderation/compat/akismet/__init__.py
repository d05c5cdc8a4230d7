"""Akismet: is a comment spam."""
