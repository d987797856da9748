"""Compile every module below a folder so that the bytes depend on nothing but its source and its final path.

    python -s -B compile_bytecode.py STAGED FINAL

Runs under the target interpreter, with PYTHONHASHSEED=0 and without -I or -E, which would undo that. Marshal version
2 writes neither back references nor interned strings: which of those an interpreter would write depends on what else
is alive, on PyPy even on the size of the processor's cache. The bytecode is checked-hash (PEP 552), so that a .py
patched on the server takes effect. Prints one line of JSON: {"compiled": number, "skipped": [paths]}.
"""

import _imp
import importlib.util
import json
import marshal
import os
import sys

CHECKED_HASH = 0b11


def serialize(code):
    try:
        return marshal.dumps(code, 2)
    except ValueError:  # an interpreter whose code objects need a newer format
        return marshal.dumps(code)


def compile_module(source_path, final_path):
    """False for what this Python cannot compile: templates, code for other versions. pip passes over it as well."""
    with open(source_path, "rb") as stream:
        source = stream.read()
    try:
        code = compile(source, final_path, "exec", dont_inherit=True)
    except Exception:  # not only SyntaxError: also what is nested too deeply or has a strange encoding
        return False
    source_hash = _imp.source_hash(importlib.util._RAW_MAGIC_NUMBER, source)
    header = importlib.util.MAGIC_NUMBER + CHECKED_HASH.to_bytes(4, "little") + source_hash
    target = importlib.util.cache_from_source(source_path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target + ".new", "wb") as stream:
        stream.write(header + serialize(code))
    os.replace(target + ".new", target)
    return True


def main(staged, final):
    compiled, skipped = 0, []
    for folder, folders, names in os.walk(staged):
        folders.sort()
        if os.path.basename(folder) == "__pycache__":
            continue
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(".py") or not os.path.isfile(path):
                continue
            relative = os.path.relpath(path, staged)
            if compile_module(path, os.path.join(final, relative)):
                compiled += 1
            else:
                skipped.append(relative)
    json.dump({"compiled": compiled, "skipped": sorted(skipped)}, sys.stdout)


main(sys.argv[1], sys.argv[2])
