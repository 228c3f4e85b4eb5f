import sys

sys.modules["__main__"].wait("imports")
