"""The embedded server: which binary it is, and how its life is kept in order."""
