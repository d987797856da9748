"""Prints as JSON what importlib.metadata finds in this virtualenv, and where RECORD and the disk disagree."""
import base64
import hashlib
import json
import os
import re
import sys
import sysconfig
from importlib.metadata import distributions

found, untrue, listed = {}, [], set()
for distribution in distributions(path=[sysconfig.get_paths()["purelib"]]):
    found[re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()] = distribution.version
    for row in distribution.files:
        path = os.path.realpath(row.locate())
        listed.add(path)
        if not os.path.isfile(path):
            untrue.append("missing: " + path)
        elif row.hash is None:
            if row.name != "RECORD":
                untrue.append("without hash: " + path)
        else:
            with open(path, "rb") as stream:
                data = stream.read()
            digest = base64.urlsafe_b64encode(hashlib.new(row.hash.mode, data).digest()).rstrip(b"=").decode()
            if (digest, len(data)) != (row.hash.value, row.size):
                untrue.append("changed: " + path)

unlisted = []
for folder in ("bin", "include", "lib", "share"):
    for where, _, names in os.walk(os.path.join(sys.prefix, folder)):
        paths = [os.path.join(where, name) for name in names]
        unlisted += [path for path in paths if path not in listed and not os.path.islink(path)]

print(json.dumps({"distributions": found, "untrue": sorted(untrue), "unlisted": sorted(unlisted)}))
