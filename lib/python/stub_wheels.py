"""Write wheels without content for distributions that come with the interpreter itself.

    python -s stub_wheels.py FOLDER JSON

PyPy brings cffi, greenlet and others, with metadata but not on any index for PyPy. `pip download` and isolated builds
look at indexes only: these wheels let them find what is there already. Prints a requirement with a hash for each.
"""

import hashlib
import json
import os
import re
import sys
import zipfile

folder = sys.argv[1]
for distribution in json.loads(sys.argv[2]):
    name = re.sub(r"[-_.]+", "_", distribution["name"])
    version = distribution["version"]
    info = "%s-%s.dist-info" % (name, version)
    files = {
        "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (distribution["name"], version),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: mkvenvdeb\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join("%s/%s,,\n" % (info, file) for file in [*files, "RECORD"])
    path = os.path.join(folder, "%s-%s-py3-none-any.whl" % (name, version))
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, "RECORD": record}.items():
            wheel.writestr("%s/%s" % (info, file), text)
    with open(path, "rb") as stream:
        digest = hashlib.sha256(stream.read()).hexdigest()
    print("%s==%s --hash=sha256:%s" % (distribution["name"], version, digest))
