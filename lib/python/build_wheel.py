"""Build one wheel from a source folder or an sdist: the front end of PEP 517, in the process of the back end.

    python -s -B build_wheel.py REQUEST RESULT

REQUEST is a JSON file:
    source      folder to build; where `archive` is given, made from it
    archive     sdist to unpack into `source`, or null
    output      folder the wheel goes to
    pip         folder that holds an unpacked pip, for its copies of packaging and tomli
    layer       folder with unpacked build requirements that may be used in place of installing them, or null
    isolated    false: take what is installed and install nothing
    installed   requirements that were installed when they were missing

RESULT is written as {"wheel": name} or, where the build environment lacks something, {"missing": [requirements]}:
the caller installs those and starts this program again. pip would build in a folder with a random name, and that name
reaches debugging information, `__FILE__` and the build-id of extension modules.
"""

import importlib
import importlib.metadata
import json
import os
import shutil
import sys
import tarfile
import zipfile

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


def check_inside(root, path, name):
    if os.path.commonpath([root, os.path.realpath(path)]) != root:
        sys.exit("Member leads out of the sdist: %s" % name)


def checked_members(archive, root):
    """Members of a tar archive, one by one as they are unpacked: an earlier link must not lead a later file astray."""
    for member in archive:
        path = os.path.join(root, member.name)
        check_inside(root, path, member.name)
        if member.issym():
            check_inside(root, os.path.join(os.path.dirname(path), member.linkname), member.name)
        elif member.islnk():
            check_inside(root, os.path.join(root, member.linkname), member.name)
        elif not (member.isfile() or member.isdir()):
            sys.exit("Member is neither file nor folder nor link: %s" % member.name)
        # Whoever packed it may be another user here, and no source needs special bits.
        member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
        member.mode = 0o755 if member.isdir() or member.mode & 0o111 else 0o644
        yield member


def unpack_tar(archive, root):
    """Gives the newest time of the members."""
    with tarfile.open(archive) as members:
        # Newer Pythons want to know that the members are checked.
        members.extraction_filter = lambda member, path: member
        members.extractall(root, members=checked_members(members, root))
        return max((int(member.mtime) for member in members.getmembers()), default=0)


def unpack_zip(archive, root):
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            check_inside(root, os.path.join(root, member.filename), member.filename)
            path = members.extract(member, root)
            if member.external_attr >> 16 & 0o111 and not member.is_dir():
                os.chmod(path, 0o755)


def unpack(archive, source):
    """Unpack an sdist; its only top folder becomes `source`. Gives the newest time that a tar archive tells."""
    parts = os.path.realpath(source + ".parts")
    for folder in (source, parts):
        shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(parts)
    # The times in a zip archive of pip's are those of its own download.
    newest = unpack_zip(archive, parts) if archive.endswith(".zip") else unpack_tar(archive, parts)
    tops = os.listdir(parts)
    if len(tops) != 1 or not os.path.isdir(os.path.join(parts, tops[0])):
        sys.exit("%s is not an sdist: it holds %s at its top" % (archive, ", ".join(sorted(tops)) or "nothing"))
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
    newest = unpack(request["archive"], source)
    if newest:
        os.environ["SOURCE_DATE_EPOCH"] = str(max(newest, FIRST_ZIP_TIME))
os.chdir(source)
system = build_system(source)
require(system["requires"])
backend = load_backend(system)
if hasattr(backend, "get_requires_for_build_wheel"):
    require(backend.get_requires_for_build_wheel({}))
finish({"wheel": backend.build_wheel(request["output"], {})})
