"""python -m fdpreload: see _run."""

import sys

from fdpreload import _run

sys.exit(_run.main(sys.argv[1:]))
