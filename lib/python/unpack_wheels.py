"""Unpack pure wheels into a folder and compile them, so that they can be imported from there.

    python -s -B unpack_wheels.py FOLDER KEEP_METADATA WHEEL...

Without metadata (KEEP_METADATA is 0) what is unpacked does not count as installed: pip would otherwise find itself.
Everybody may read it: after a build by sudo, which keeps HOME on some systems, the user's own builds find it as well.
"""

import compileall
import os
import shutil
import sys

import archive_guard

folder, keep_metadata, wheels = sys.argv[1], sys.argv[2] == "1", sys.argv[3:]
os.umask(0o022)
os.chmod(folder, 0o755)
for wheel in wheels:
    # The caller has looked at what they unpack to.
    archive_guard.unpack_zip(wheel, os.path.realpath(folder), float("inf"))
if not keep_metadata:
    for name in os.listdir(folder):
        if name.endswith(".dist-info"):
            shutil.rmtree(os.path.join(folder, name))
compileall.compile_dir(folder, quiet=2)
