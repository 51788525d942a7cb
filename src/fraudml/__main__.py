"""Starts the command line, which takes half a second to import: Ctrl-C ends that in one line too.

Imports nothing before that, or it would be interrupted in turn.
"""

import sys


def main() -> None:
    """The command line; exit code 130 where it is stopped before it can say so itself."""
    try:
        from fraudml.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("fraudml: stopped (SIGINT). Nothing was begun; run it again.\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
