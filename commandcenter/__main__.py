"""`python -m commandcenter` is the command `commandcenter`."""

from commandcenter.cli import main

main()
