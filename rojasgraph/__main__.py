"""Run the command line as `python -m rojasgraph`."""

import sys

from rojasgraph.cli import main

sys.exit(main())
