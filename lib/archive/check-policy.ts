import {posix} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import type {Entry, Issue} from '../model.js';
import {debianArchitecture} from '../policy/architectures.js';
import {installedSize} from '../policy/installed-size.js';
import {parseRelations, type RelationField} from '../policy/relations.js';
import {issueOf} from './check-codes.js';
import type {Facts} from './check-facts.js';
import type {DebContents} from './read.js';

/** Debian Policy beyond what dpkg insists on: sizes, documents, conffiles, ELF files. */
export function checkPolicy(contents: DebContents, facts: Facts): readonly Issue[] {
  return [
    ...sizeIssues(contents),
    ...documentIssues(contents),
    ...conffileIssues(contents),
    ...checkTriggers(contents),
    ...checkElf(contents, facts),
  ];
}

/** Packages that `fields` name, alternatives too; what is no relation is told by another check. */
export function relatedPackages(
  control: DebContents['control'],
  fields: readonly RelationField[] = ['Pre-Depends', 'Depends'],
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const field of fields) {
    try {
      for (const dependency of parseRelations(control.get(field) ?? '', field))
        for (const one of dependency) names.add(one.package);
    } catch (error) {
      if (!(error instanceof MkvenvdebError)) throw error;
    }
  }
  return names;
}

/** Tools count differently; what matters is whether apt's answer on disk space is right. */
const [TOLERATED_SHARE, TOLERATED_KIB] = [0.1, 128];

function* sizeIssues({control, entries}: DebContents): Generator<Issue> {
  const usual = entries.filter(({type, path}) => path !== '' && !/device|fifo/.test(type));
  const computed = installedSize(usual as readonly Entry[]);
  const told = Number(control.get('Installed-Size') ?? Number.NaN);
  if (Math.abs(told - computed) <= Math.max(TOLERATED_KIB, TOLERATED_SHARE * computed)) return;
  const found = Number.isNaN(told) ? 'It is missing' : `It is ${told} KiB`;
  if (Number.isNaN(told) && computed <= TOLERATED_KIB) return;
  yield issueOf('installed-size', {file: 'control', message: `${found}, the files take ${computed} KiB`});
}

function* documentIssues({control, entries}: DebContents): Generator<Issue> {
  const name = control.get('Package') ?? '';
  const folder = `usr/share/doc/${name}`;
  const found = new Map(entries.map(({path, type}) => [path, type]));
  // A link to the documents of another package of the same source (Policy 12.3).
  if (found.get(folder) === 'symlink') return;
  if (!found.has(`${folder}/copyright`))
    yield issueOf('no-copyright', {message: `There is no /${folder}/copyright`});
  const changelogs = ['changelog.Debian.gz', 'changelog.gz', 'changelog.Debian', 'changelog'];
  const more = [...found.keys()].some((path) => path.startsWith(`${folder}/changelog`));
  if (!more && !changelogs.some((one) => found.has(`${folder}/${one}`)))
    yield issueOf('no-changelog', {message: `There is no /${folder}/changelog.Debian.gz`});
}

function* conffileIssues({members, entries}: DebContents): Generator<Issue> {
  const text = members.find(({path}) => path === 'conffiles')?.data.toString() ?? '';
  const named = new Set(text.split('\n').map((line) => line.replace(/^remove-on-upgrade /, '')));
  for (const path of named) {
    if (path.startsWith('/') && !path.startsWith('/etc/'))
      yield issueOf('conffile-place', {file: path.slice(1), message: 'It is a conffile'});
  }
  for (const {path, type} of entries) {
    // Links to scripts of init and alternatives are none.
    if (type === 'file' && path.startsWith('etc/') && !named.has(`/${path}`))
      yield issueOf('etc-file', {file: path, message: 'It is not in conffiles'});
  }
}

const TRIGGER = /^(?:interest|activate)(?:-await|-noawait)?\s+\S+$/;

/** The file `triggers`. */
export function* checkTriggers({members}: DebContents): Generator<Issue> {
  const text = members.find(({path}) => path === 'triggers')?.data.toString();
  if (text === undefined) return;
  for (const line of text.split('\n')) {
    const plain = line.replace(/#.*/s, '').trim();
    if (plain !== '' && !TRIGGER.test(plain))
      yield issueOf('triggers', {file: 'triggers', message: `dpkg does not know: ${JSON.stringify(line)}`});
  }
}

/** Folders with modules that an interpreter loads: what lies there has to fit the machine. */
const MODULES = /\/(?:site|dist)-packages\//;

/** Architecture and libraries of ELF files. */
export function* checkElf({control, entries}: DebContents, facts: Facts): Generator<Issue> {
  const declared = control.get('Architecture') ?? '';
  let needsLibc: string | undefined;
  for (const {path} of entries) {
    const elf = facts.get(path)?.elf;
    if (elf === undefined || (elf.type !== 'shared' && elf.type !== 'executable')) continue;
    const architecture = debianArchitecture(elf);
    if (architecture !== undefined && architecture !== declared) {
      const severity = MODULES.test(`/${path}`) && posix.extname(path) === '.so' ? 'error' : 'warning';
      const message = `It is for ${architecture}, the package for ${declared}`;
      yield issueOf('architecture', {file: path, message, severity});
    }
    if (elf.needed.some((name) => /^libc\.so\.6/.test(name))) needsLibc ??= path;
  }
  if (needsLibc === undefined || [...relatedPackages(control)].some((name) => /^libc6/.test(name))) return;
  yield issueOf('no-libc-depends', {file: needsLibc, message: 'It needs libc.so.6'});
}
