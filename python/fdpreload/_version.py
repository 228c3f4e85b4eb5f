"""The version of the package; that of the Makefile, which the tests compare."""

version = "0.1.0"
