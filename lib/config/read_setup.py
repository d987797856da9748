"""Tell what a project's setup.py, setup.cfg and pyproject.toml say, without building anything.

Run in a copy of the project's folder, since code may write: python read_setup.py MARK [FOLDER WITH WHEELS]
Prints one line: MARK and a JSON document.
"""
import glob
import json
import os
import sys

sys.dont_write_bytecode = True


def import_setuptools(wheels):
    try:
        import setuptools
    except ImportError:
        sys.path.append(sorted(glob.glob(os.path.join(glob.escape(wheels), "setuptools-*.whl")))[-1])
        import setuptools
    return setuptools


def main(mark, wheels):
    setuptools = import_setuptools(wheels)
    # It would download eggs into the project's folder.
    setuptools._install_setup_requires = lambda attrs: None
    from distutils import core

    sys.path.insert(0, os.getcwd())
    if os.path.exists("setup.py"):
        dist = core.run_setup("setup.py", stop_after="config")
    else:
        dist = setuptools.Distribution()
        dist.parse_config_files()
    meta = dist.metadata

    def text(value):
        value = value.strip() if isinstance(value, str) else ""
        return value if value not in ("", "UNKNOWN") else None

    entry_points = dist.entry_points or {}
    if isinstance(entry_points, str):
        import configparser

        parser = configparser.ConfigParser(delimiters=("=",))
        parser.optionxform = str
        parser.read_string(entry_points)
        entry_points = {name: ["%s=%s" % item for item in parser.items(name)] for name in parser.sections()}
    commands = []
    for group in ("console_scripts", "gui_scripts"):
        lines = entry_points.get(group) or []
        commands += [line for line in lines.splitlines() if line.strip()] if isinstance(lines, str) else lines
    requires = dist.install_requires or []
    if isinstance(requires, str):
        requires = requires.splitlines()
    urls = getattr(meta, "project_urls", None) or {}
    found = {
        "name": text(meta.name),
        "version": text(str(meta.version)) if meta.version not in (None, "0.0.0", 0) else None,
        "summary": text(meta.description),
        "homepage": text(meta.url),
        "urls": {str(key): str(value) for key, value in urls.items()},
        "author": text(meta.author),
        "author_email": text(meta.author_email),
        "maintainer": text(meta.maintainer),
        "maintainer_email": text(meta.maintainer_email),
        "scripts": [str(line).split("=")[0].strip() for line in commands]
        + [os.path.basename(str(path)) for path in dist.scripts or []],
        "dependencies": [str(line).strip() for line in requires if str(line).strip()],
    }
    print("\n" + mark + json.dumps(found))


main(*sys.argv[1:])
