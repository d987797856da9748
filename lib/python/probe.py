"""Say what an interpreter is, as one JSON object on standard output.

Runs under the interpreter in question: python probe.py FOLDER WITH DEBIAN'S WHEELS
"""

import importlib.metadata
import json
import os
import sys
import sysconfig

executable = getattr(sys, "_base_executable", None) or sys.executable
minor = "%d.%d" % sys.version_info[:2]
is_pypy = sys.implementation.name == "pypy"

# A link named python3 follows the distribution's next default; the versioned name of the same file does not.
real = os.path.realpath(executable)
folders = [os.path.dirname(os.path.abspath(executable)), os.path.dirname(real)]
versioned = [os.path.join(folder, ("pypy" if is_pypy else "python") + minor) for folder in folders]
executable = next((path for path in versioned if os.path.realpath(path) == real), real)

scheme = "venv" if "venv" in sysconfig.get_scheme_names() else "posix_prefix"
purelib = sysconfig.get_path("purelib", scheme, vars={"base": "/", "platbase": "/"})

builtin = []
if is_pypy:
    stdlib = sorted({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
    for distribution in importlib.metadata.distributions(path=stdlib):
        builtin.append({"name": distribution.metadata["Name"], "version": distribution.version})

try:
    import ensurepip

    wheels = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")]
except ImportError:
    wheels = []
wheels.append((sysconfig.get_config_var("WHEEL_PKG_DIR") or "").rstrip("/"))
# Debian's setuptools asks for what Debian adds to distutils: under any other Python it fails with an AttributeError.
if "deb_system" in sysconfig.get_scheme_names() and sys.argv[1] not in wheels:
    wheels.append(sys.argv[1])

# Without the "+" or "rc1" of builds between two releases: no range of versions is meant to tell those apart.
version = "%d.%d.%d" % sys.version_info[:3]
json.dump(
    {
        "implementation": sys.implementation.name,
        "executable": executable,
        "pythonVersion": version,
        "implementationVersion": "%d.%d.%d" % sys.pypy_version_info[:3] if is_pypy else version,
        "cacheTag": sys.implementation.cache_tag,
        "sitePackages": purelib.lstrip("/"),
        "builtinDistributions": sorted(builtin, key=lambda one: one["name"]),
        "wheelFolders": [folder for folder in wheels if folder],
    },
    sys.stdout,
)
