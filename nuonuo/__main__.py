"""`python -m nuonuo` and the command `nuonuo`: light, so that Ctrl-C is answered while the program still loads."""

import os
import signal
import sys

INTERRUPTED = 130  # the code a shell expects of what Ctrl-C has ended: 128 + SIGINT


def main() -> None:
    """Run the command line; ends the program.

    Ctrl-C ends it at once: as an exception it could be lost in a library that is being imported. Nothing is half done,
    for what stores (nuonuo/cli/filling.py) does not hear it.
    """
    signal.signal(signal.SIGINT, lambda *_: cancelled())
    try:
        from nuonuo.cli.commands import app

        app()
    except KeyboardInterrupt:  # while the commands load
        cancelled()
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer's answer to Ctrl-C in a command
            cancelled()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # while Python ends, Ctrl-C would kill it by the signal itself
        raise


def cancelled(what: str = "nothing was stored") -> None:
    """Say so and end at once: Python would sometimes end itself by a signal instead. what: was left how."""
    show = "\x1b[?25h" if sys.stderr.isatty() else ""  # the cursor, which a bar hides
    sys.stderr.write(f"{show}Cancelled: {what}.\n")
    sys.stderr.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
