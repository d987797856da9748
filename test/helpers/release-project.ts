import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {writeTree} from './wheels.js';

/** Makes a wheel and an sdist of a project with one module; needs nothing but Python. */
const BACKEND = `import base64, hashlib, io, os, re, tarfile, zipfile

NAME = "tiny_shop"


def version():
    with open("pyproject.toml", encoding="utf-8") as stream:
        return re.search('^version = "(.*)"', stream.read(), re.M).group(1)


def metadata():
    text = "Metadata-Version: 2.1\\nName: tiny-shop\\nVersion: %s\\nSummary: A shop\\n" % version()
    return text + "Author-email: Jo Doe <jo@example.org>\\n"


def build_wheel(folder, settings=None, metadata_folder=None):
    info, record = "%s-%s.dist-info" % (NAME, version()), ""
    with open("tiny_shop.py", "rb") as stream:
        contents = {"tiny_shop.py": stream.read()}
    contents[info + "/METADATA"] = metadata().encode()
    contents[info + "/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    for name, data in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\\n" % (name, digest, len(data))
    contents[info + "/RECORD"] = (record + info + "/RECORD,,\\n").encode()
    file = "%s-%s-py3-none-any.whl" % (NAME, version())
    with zipfile.ZipFile(os.path.join(folder, file), "w") as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (2021, 2, 3, 4, 5, 6)), data)
    return file


def build_sdist(folder, settings=None):
    top = "%s-%s" % (NAME, version())
    with tarfile.open(os.path.join(folder, top + ".tar.gz"), "w:gz") as archive:
        for name in ["tiny_shop.py", "pyproject.toml", "backend/backend.py"]:
            archive.add(name, top + "/" + name)
        data = metadata().encode()
        member = tarfile.TarInfo(top + "/PKG-INFO")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return top + ".tar.gz"
`;

const PYPROJECT = `[build-system]
requires = []
build-backend = "backend"
backend-path = ["backend"]

[project]
name = "tiny-shop"
version = "0"
description = "A shop"
authors = [{name = "Jo Doe", email = "jo@example.org"}]
`;

export const git = (cwd: string, ...args: readonly string[]) =>
  execa('git', ['-c', 'user.name=Jo', '-c', 'user.email=jo@example.org', ...args], {cwd});

export interface ReleaseProject {
  /** The checkout. */
  readonly folder: string;
  /** The bare repository that it was pushed to. */
  readonly remote: string;
  /** Commit a change and push it; gives its hash. */
  readonly push: (files: Readonly<Record<string, string>>, message?: string) => Promise<string>;
}

/** A project with a bare remote; `release` are the lines below that key in mkvenvdeb.yaml. */
export async function makeReleaseProject(folder: string, release = ''): Promise<ReleaseProject> {
  const [project, remote] = [join(folder, 'project'), join(folder, 'remote.git')];
  await mkdir(project, {recursive: true});
  await git(folder, 'init', '-q', '--bare', '-b', 'main', remote);
  await git(project, 'init', '-q', '-b', 'main');
  await git(project, 'remote', 'add', 'origin', remote);
  const push = async (files: Readonly<Record<string, string>>, message = 'Change it') => {
    await writeTree(project, files);
    await git(project, 'add', '--all');
    await git(project, 'commit', '-q', '--allow-empty', '-m', message);
    await git(project, 'push', '-q', 'origin', 'main');
    return (await git(project, 'rev-parse', 'HEAD')).stdout;
  };
  await push({
    'pyproject.toml': PYPROJECT,
    'backend/backend.py': BACKEND,
    'tiny_shop.py': 'def main():\n    print("open")\n',
    'mkvenvdeb.yaml': configuration(release),
  });
  return {folder: project, remote, push};
}

/** mkvenvdeb.yaml of such a project. */
export const configuration = (release: string): string =>
  `no_index: true\npython: /usr/bin/python3\ncompression: none\nrelease:\n  branch: main\n${release.replace(/^(?=.)/gm, '  ')}`;

/** The content of a folder, by names; of folders that are not there, nothing. */
export async function contentsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, {withFileTypes: true, recursive: true}).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return Object.fromEntries(files.map((file, index) => [file.slice(folder.length + 1), texts[index] ?? '']));
}

/** Put a folder away, and what was put away back into its place. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await rm(to, {recursive: true, force: true});
  await execa('cp', ['-a', from, to]);
}
