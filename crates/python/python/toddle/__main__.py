"""The command: `python -m toddle train …`."""

import signal
import sys

from . import _toddle


def main() -> int:
    """Runs the command, which handles Ctrl-C itself."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _toddle.main(["toddle", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
