"""Build one wheel from a source folder or an sdist, or an sdist from a folder: the front end of PEP 517, in the process of the back end.

    python -s -B build_wheel.py REQUEST RESULT

REQUEST is a JSON file:
    source      folder to build; where `archive` is given, made from it
    archive     sdist to unpack into `source`, or null
    hook        build_wheel or build_sdist
    output      folder the wheel or sdist goes to
    pip         folder that holds an unpacked pip, for its copies of packaging and tomli
    layer       folder with unpacked build requirements that may be used in place of installing them, or null
    isolated    false: take what is installed and install nothing
    installed   requirements that were installed when they were missing
    limit       bytes that the sdist may unpack to

RESULT is written as {"made": name} or, where the build environment lacks something, {"missing": [requirements]}:
the caller installs those and starts this program again. An sdist that is not unpacked is {"refused": why}. pip would build in a folder with a random name, and that name
reaches debugging information, `__FILE__` and the build-id of extension modules.
"""

import importlib
import importlib.metadata
import json
import os
import shutil
import sys

import archive_guard
import pin_sdist

# Back ends change sys.argv, and must not import what lies beside this file.
REQUEST, RESULT = sys.argv[1:3]
os.umask(0o022)
sys.path[:] = [folder for folder in sys.path if folder != os.path.dirname(os.path.abspath(__file__))]
with open(REQUEST, encoding="utf-8") as stream:
    request = json.load(stream)
sys.path.append(request["pip"])
# setuptools watches for an import of pip, takes it for a run of pip and steps back from replacing distutils.
finders = sys.meta_path[:]
sys.meta_path[:] = [finder for finder in finders if type(finder).__name__ != "DistutilsMetaFinder"]
from pip._vendor.packaging.requirements import Requirement  # noqa: E402

sys.meta_path[:] = finders

LEGACY = {"requires": ["setuptools>=40.8.0", "wheel"], "build-backend": "setuptools.build_meta:__legacy__"}
FIRST_ZIP_TIME = 315532800


def finish(result):
    with open(RESULT, "w", encoding="utf-8") as stream:
        json.dump(result, stream)
    sys.exit(0)


def unpack(archive, source):
    """Unpack an sdist; its only top folder becomes `source`. Gives the newest time that a tar archive tells."""
    parts = os.path.realpath(source + ".parts")
    for folder in (source, parts):
        shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(parts)
    # The times in a zip archive of pip's are those of its own download.
    unpack_it = archive_guard.unpack_zip if archive.endswith(".zip") else archive_guard.unpack_tar
    newest = unpack_it(archive, parts, request["limit"])
    tops = os.listdir(parts)
    if len(tops) != 1 or not os.path.isdir(os.path.join(parts, tops[0])):
        held = ", ".join(ascii(top) for top in sorted(tops)[:5]) or "nothing"
        raise archive_guard.Refused("not an sdist: it holds %s at its top" % held)
    os.rename(os.path.join(parts, tops[0]), source)
    os.rmdir(parts)
    return newest


def build_system(source):
    path = os.path.join(source, "pyproject.toml")
    if not os.path.exists(path):
        return LEGACY
    try:
        import tomllib
    except ImportError:
        from pip._vendor import tomli as tomllib
    with open(path, "rb") as stream:
        table = tomllib.load(stream).get("build-system")
    return {**LEGACY, **table} if table else LEGACY


def missing(requirements):
    """What of these is not installed. The layer counts: it goes on the path as soon as it is needed."""
    lacking = []
    for text in requirements:
        requirement = Requirement(text)
        if text in request["installed"] or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            found = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        # Whether what the extras ask for is there as well, pip knows best.
        if found is None or requirement.extras or not requirement.specifier.contains(found, prereleases=True):
            lacking.append(text)
    return lacking


def require(requirements):
    lacking = missing(requirements)
    if lacking and request["layer"] and request["layer"] not in sys.path:
        sys.path.append(request["layer"])
        if missing(requirements):
            sys.path.remove(request["layer"])
        else:
            # For processes that the back end starts.
            os.environ["PYTHONPATH"] = request["layer"]
            lacking = []
    if lacking and request["isolated"]:
        finish({"missing": lacking})


def load_backend(system):
    for folder in system.get("backend-path", []):
        path = os.path.realpath(os.path.join(request["source"], folder))
        if os.path.commonpath([path, os.path.realpath(request["source"])]) != os.path.realpath(request["source"]):
            sys.exit("backend-path leaves the project: %s" % folder)
        sys.path.insert(0, path)
    module, _, attributes = system["build-backend"].partition(":")
    backend = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend


source = request["source"]
if request["archive"]:
    try:
        newest = unpack(request["archive"], source)
    except archive_guard.Refused as refused:
        finish({"refused": str(refused)})
    if newest:
        os.environ["SOURCE_DATE_EPOCH"] = str(max(newest, FIRST_ZIP_TIME))
os.chdir(source)
system = build_system(source)
require(system["requires"])
backend = load_backend(system)
hook = request["hook"]
if hasattr(backend, "get_requires_for_" + hook):
    require(getattr(backend, "get_requires_for_" + hook)({}))
made = getattr(backend, hook)(request["output"], {})
if hook == "build_sdist" and made.endswith(".tar.gz"):
    pin_sdist.pin(os.path.join(request["output"], made), int(os.environ["SOURCE_DATE_EPOCH"]))
finish({"made": made})
