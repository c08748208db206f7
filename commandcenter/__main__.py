"""`python -m commandcenter` is the command `commandcenter`."""

from commandcenter.cli import main

# Processes that plugins spawn for heavy work import this module too, and must not run a command.
if __name__ == "__main__":
    main()
