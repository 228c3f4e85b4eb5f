"""Puts fdpreload in place of faulthandler, in every interpreter of a run."""
import os

import fdpreload

fdpreload.install()
with open(os.path.join(os.environ["HOME"], "installed"), "a") as file:
    file.write(".")
