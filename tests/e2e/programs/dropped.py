"""Gives up being root, then crashes in code whose file only root may read."""
import os
import sys

import _crashers

secret = os.path.join(sys.argv[1], "secret.py")
with open(secret, "w") as file:
    file.write("crash()  # the password of root\n")
os.chmod(secret, 0o600)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
exec(compile("crash()", secret, "exec"), {"crash": lambda: _crashers.die("null-read")})
