import {type DistributionOptions, type Files, metadataOf, moduleOf, writeTree} from './wheels.js';

/** Packs `src` as a wheel; needs nothing but Python, so that a build costs little. */
const BACKEND = `import base64
import hashlib
import json
import os
import zipfile

ROOT = os.path.dirname(os.path.abspath(__file__))


def build_wheel(folder, settings=None, metadata=None):
    with open(os.path.join(ROOT, "wheel.json"), encoding="utf-8") as stream:
        wheel = json.load(stream)
    info, record = wheel["info"], ""
    members = []
    for top, folders, names in os.walk("src"):
        members += [(os.path.relpath(os.path.join(top, name), "src"), os.path.join(top, name)) for name in names]
    contents = {name: open(path, "rb").read() for name, path in sorted(members)}
    for name, text in wheel["texts"].items():
        contents[info + "/" + name] = text.encode()
    for name, data in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += '"%s",sha256=%s,%d\\n' % (name, digest, len(data))
    contents[info + "/RECORD"] = (record + info + "/RECORD,,\\n").encode()
    with zipfile.ZipFile(os.path.join(folder, wheel["file"]), "w") as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (2021, 2, 3, 4, 5, 6)), data)
    return wheel["file"]
`;

export interface ProjectOptions extends Partial<DistributionOptions> {
  /** Lines of `[tool.mkvenvdeb]`. */
  readonly config?: string;
  /** Further files of the project folder, or others in place of those made here. */
  readonly tree?: Files;
  /** @default 'Jo Doe <jo@example.org>' */
  readonly author?: string | undefined;
}

/**
 * Write the smallest project that pip can build, with a back end of its own: `tiny` 1.0 with the command `tiny`.
 * Gives the folder.
 */
export async function makeProject(folder: string, options: ProjectOptions = {}): Promise<string> {
  const {name = 'tiny', version = '1.0', commands = {tiny: 'tiny:main'}, config = '', tree, files} = options;
  const requires = options.requires ?? [];
  const author = 'author' in options ? options.author : 'Jo Doe <jo@example.org>';
  const project = {name, version, requires};
  const stem = `${name.replaceAll(/[-_.]+/g, '_')}-${version}`;
  const points = Object.entries(commands).map(([command, target]) => `${command} = ${target}\n`);
  const texts = {
    METADATA: metadataOf(project, author === undefined ? '' : `Author-email: ${author}\n`),
    WHEEL: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    'entry_points.txt': `[console_scripts]\n${points.join('')}`,
  };
  const wheel = {file: `${stem}-py3-none-any.whl`, info: `${stem}.dist-info`, texts};
  const source = Object.entries({...moduleOf(project), ...files});
  return writeTree(folder, {
    'pyproject.toml': pyproject({project, author, config, commands}),
    'backend/backend.py': BACKEND,
    'backend/wheel.json': JSON.stringify(wheel),
    ...Object.fromEntries(source.map(([path, content]) => [`src/${path}`, content])),
    ...tree,
  });
}

interface PyprojectOptions {
  readonly project: DistributionOptions;
  readonly author: string | undefined;
  readonly config: string;
  readonly commands: Readonly<Record<string, string>>;
}

function pyproject({project, author, config, commands}: PyprojectOptions): string {
  const [, name, email] = /^(.*) <(.*)>$/.exec(author ?? '') ?? [];
  return `[build-system]
requires = []
build-backend = "backend"
backend-path = ["backend"]

[project]
name = "${project.name}"
version = "${project.version}"
description = "A project that a test made"
dependencies = ${JSON.stringify(project.requires)}
${name ? `authors = [{name = "${name}", email = "${email}"}]` : ''}

[project.scripts]
${Object.entries(commands)
  .map(([command, target]) => `${command} = "${target}"\n`)
  .join('')}
${config ? `[tool.mkvenvdeb]\n${config}` : ''}
`;
}

/** A C extension whose bytes hold the path of its source, where nothing keeps that out. */
export const C_EXTENSION: Files = {
  'include/where.h': 'static const char *where(void) { return __FILE__; }\n',
  'fxnative/_where.c': `#include <Python.h>
#include "where.h"

static PyObject *get(PyObject *self, PyObject *args) { return PyUnicode_FromString(where()); }
static PyMethodDef methods[] = {{"get", get, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_where", NULL, -1, methods};
PyMODINIT_FUNC PyInit__where(void) { return PyModule_Create(&module); }
`,
};

/** Arguments of setup() for that extension: the header is found by an absolute path, as pkg-config would give it. */
export const C_SETUP =
  'ext_modules=[Extension("fxnative._where", ["fxnative/_where.c"], include_dirs=[__import__("os").path.abspath("include")])]';
