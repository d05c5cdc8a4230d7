"""Who writes here, and what moderators set for them."""
