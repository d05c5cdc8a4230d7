"""OpenAI moderation: categories of a text."""
