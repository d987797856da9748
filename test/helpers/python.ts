import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {parseRequirementsFile} from '../../lib/formats/requirements.js';
import {probeInterpreter} from '../../lib/python/interpreter.js';
import {openWorkspace, type WorkspaceOptions} from '../../lib/python/open.js';
import {arrangeRequirements, type Requirements} from '../../lib/python/requirements.js';
import type {Workspace} from '../../lib/python/workspace.js';
import {root} from './suite.js';

/** Debian's interpreters, by path: a version manager's stand-ins may come first on PATH. */
export const PYPY = '/usr/bin/pypy3';
export const CPYTHON = '/usr/bin/python3';

const SAY_LIB =
  'import sys; print({"cpython": "python"}.get(sys.implementation.name, "pypy") + "%d.%d" % sys.version_info[:2])';

/** Name of the folder of an interpreter in `lib`: `pypy3.9`. */
export const libOf = (python: string): string =>
  execFileSync(python, ['-c', SAY_LIB], {encoding: 'utf8'}).trim();

/** What a caller's environment holds in a test, and nothing else of this machine's. */
export const CALLER = {PATH: '/usr/bin:/bin'};
export const EPOCH = 1_700_000_000;

/** Unpacked wheels are named by their content: all tests, and all runs of them, share one cache. */
export const testCache = join(root, 'dist', '.cache');

/** Open a workspace in an empty folder, offline unless the changes say otherwise. */
export async function testWorkspace(
  work: string,
  python: string,
  {
    index = {},
    ...changes
  }: Partial<Omit<WorkspaceOptions, 'index'>> & {
    index?: Partial<WorkspaceOptions['index']>;
  } = {},
): Promise<Workspace> {
  const probe = await probeInterpreter({python, caller: CALLER, ownerOf: () => undefined});
  mkdirSync(work, {recursive: true});
  return openWorkspace({
    work,
    cache: testCache,
    ...probe,
    index: {noIndex: true, extraIndexUrls: [], findLinks: [], pipArgs: [], ...index},
    secrets: [],
    environment: {caller: CALLER, epoch: EPOCH, pass: [], set: {}},
    ...changes,
  });
}

/** Requirements as they come out of one file of that text. */
export function requirementsOf(
  text: string,
  changes: {file?: string; preinstall?: string[]} = {},
): Requirements {
  const file = changes.file ?? '/project/requirements.txt';
  return arrangeRequirements({
    lines: parseRequirementsFile(text).map((line) => ({...line, file, constraint: false})),
    constraints: [],
    preinstall: changes.preinstall ?? [],
    requireHashes: false,
    project: '/project',
  });
}

/** A wheel or an sdist that a test writes. */
export interface Sample {
  readonly name: string;
  readonly version: string;
  /** Requires-Dist. */
  readonly requires?: readonly string[];
  /** Further lines of METADATA. */
  readonly metadata?: readonly string[];
  /** Content by path inside the wheel; a module of the distribution's name is there in any case. */
  readonly files?: Readonly<Record<string, string>>;
  readonly tag?: string;
  /** entry_points.txt */
  readonly entryPoints?: string;
}

const WRITER = `
import base64, csv, hashlib, io, json, os, re, sys, zipfile
folder, samples = sys.argv[1], json.loads(sys.argv[2])
for sample in samples:
    name = re.sub(r"[-_.]+", "_", sample["name"])
    info = "%s-%s.dist-info" % (name, sample["version"])
    tag = sample.get("tag", "py3-none-any")
    metadata = ["Metadata-Version: 2.1", "Name: " + sample["name"], "Version: " + sample["version"]]
    metadata += ["Requires-Dist: " + one for one in sample.get("requires", [])] + sample.get("metadata", [])
    files = {name.lower() + ".py": "version = %r\\n" % sample["version"]}
    files.update(sample.get("files", {}))
    files[info + "/METADATA"] = "\\n".join(metadata) + "\\n"
    files[info + "/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: %s\\n" % tag
    if "entryPoints" in sample:
        files[info + "/entry_points.txt"] = sample["entryPoints"]
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\\n")
    with zipfile.ZipFile(os.path.join(folder, "%s-%s-%s.whl" % (name, sample["version"], tag)), "w") as wheel:
        for path, text in files.items():
            data = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.writerow([path, "sha256=" + digest, len(data)])
            member = zipfile.ZipInfo(path, (2020, 2, 2, 2, 2, 2))
            member.external_attr = (0o100755 if ".data/scripts/" in path else 0o100644) << 16
            wheel.writestr(member, data)
        rows.writerow([info + "/RECORD", "", ""])
        wheel.writestr(zipfile.ZipInfo(info + "/RECORD", (2020, 2, 2, 2, 2, 2)), record.getvalue())
`;

/** Write wheels into a folder. */
export function writeWheels(folder: string, samples: readonly Sample[]): void {
  mkdirSync(folder, {recursive: true});
  execFileSync(CPYTHON, ['-c', WRITER, folder, JSON.stringify(samples)], {stdio: 'pipe'});
}
