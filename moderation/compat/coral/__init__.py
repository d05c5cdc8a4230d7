"""Coral: an external moderation phase."""
