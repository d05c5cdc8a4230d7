"""Run the commands: ``python -m classifiers --help``."""

from classifiers.cli import main

if __name__ == "__main__":
    main(prog_name="python -m classifiers")
