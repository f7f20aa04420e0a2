"""`python -m worldfactory.cli` is `worldfactory`."""

from worldfactory.cli import main

main()
