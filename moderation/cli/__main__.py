"""`python -m moderation.cli`: the `rejoinder` command where its script is not on the path."""

from . import main

main()
