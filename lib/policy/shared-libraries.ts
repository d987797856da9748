import {join, posix} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {openDpkgDatabase} from '../formats/dpkg-database.js';
import {globToRegExp} from '../formats/glob.js';
import type {Entry} from '../model.js';
import type {Report} from '../report.js';
import type {Program} from './architecture.js';
import {LibraryDependencies, type LibraryField, type LibraryRelations} from './library-dependencies.js';
import {LibraryPackages, type Provision} from './library-packages.js';
import {type LinkedFile, readLinkedFile} from './linked-file.js';
import {isBundle, PayloadLibraries} from './payload-libraries.js';
import {openSystemLibraries} from './system-libraries.js';

/** Files by their path on the server, and sonames; both with wildcards. */
export interface SharedLibraryRules {
  /** Files that are not looked at, libraries that are not looked for. */
  readonly exclude: readonly string[];
  /** What these files ask for, or what is asked of these libraries, is recommended only. */
  readonly recommends: readonly string[];
}

export interface SharedLibraryOptions {
  /** False: nothing is looked at. */
  readonly rules: SharedLibraryRules | false;
  /** Name of the package that is made. */
  readonly package: string;
  readonly architecture: string;
  readonly report: Report;
  /** Folder that stands for / of this machine. @default '/' */
  readonly root?: string;
}

/**
 * The packages that have the shared libraries of a payload, with the versions that its symbols need: what
 * dpkg-shlibdeps(1) computes, from the files of the packages that are installed here. Libraries that the payload
 * itself brings need none.
 *
 * @throws E_PAYLOAD that names every library without package, and a file that needs it
 */
export function sharedLibraryRelations(
  entries: readonly Entry[],
  programs: readonly Program[],
  options: SharedLibraryOptions,
): LibraryRelations {
  const {architecture, rules, report} = options;
  const ours = programs.filter((program) => program.architecture === architecture);
  if (rules === false || ours.length === 0) return {depends: [], recommends: []};
  const resolver = new Resolver(new PayloadLibraries(entries, ours), {...options, rules});
  const isExcluded = matcher(rules.exclude);
  for (const {entry} of ours) {
    const file = isExcluded(`/${entry.path}`) ? undefined : readLinkedFile(entry, report);
    if (file !== undefined) resolver.add(file);
  }
  return resolver.relations();
}

/** Whether a path or soname fits one of the patterns. */
const matcher = (patterns: readonly string[]): ((text: string) => boolean) => {
  const expressions = patterns.map(globToRegExp);
  return (text) => expressions.some((one) => one.test(text));
};

/** Follows every library that files name to what its package says. */
class Resolver {
  private readonly dependencies = new LibraryDependencies();
  /** By soname: why it has no package, and the files that need it. */
  private readonly missing = new Map<string, {why: string; files: string[]}>();
  private readonly isExcluded: (text: string) => boolean;
  private readonly isRecommended: (text: string) => boolean;
  private readonly system;
  private readonly database;
  private readonly packages;

  constructor(
    private readonly payload: PayloadLibraries,
    {rules, package: self, architecture, root = '/'}: SharedLibraryOptions & {rules: SharedLibraryRules},
  ) {
    this.isExcluded = matcher(rules.exclude);
    this.isRecommended = matcher(rules.recommends);
    this.system = openSystemLibraries(root, architecture);
    this.database = openDpkgDatabase(join(root, 'var/lib/dpkg'));
    const {system, database} = this;
    this.packages = new LibraryPackages({root, architecture, self, database, system});
  }

  /** Add what one file asks for: its libraries, then the versions of the symbols that it takes from them. */
  add(file: LinkedFile): void {
    const provisions = new Map<string, Provision>();
    for (const soname of file.needed) {
      const provision = this.isExcluded(soname) ? undefined : this.provisionOf(file, soname);
      if (provision !== undefined) provisions.set(soname, provision);
    }
    const fieldOf = (soname: string): LibraryField =>
      this.isRecommended(file.path) || this.isRecommended(soname) ? 'recommends' : 'depends';
    for (const [soname, provision] of provisions) {
      const field = fieldOf(soname);
      if (provision.kind === 'shlibs') this.dependencies.add(field, provision.dependency);
      if (provision.kind === 'symbols') {
        this.dependencies.add(field, provision.library.templates[0] ?? '', provision.smallest);
      }
      if (provision.kind === 'unknown') this.addMissing(soname, provision.why, file);
    }
    for (const name of file.symbols) {
      for (const [soname, provision] of provisions) {
        if (provision.kind !== 'symbols' || provision.library.symbols.get(name)?.isMissing !== false)
          continue;
        this.dependencies.addSymbol(fieldOf(soname), provision.library, name);
        break;
      }
    }
  }

  relations(): LibraryRelations {
    if (this.missing.size > 0) throw this.unresolved();
    return this.dependencies.relations();
  }

  /** Undefined for what the payload brings. */
  private provisionOf({path, searched}: LinkedFile, soname: string): Provision | undefined {
    const folder = posix.dirname(path);
    const own = isBundle(folder) ? [...searched, folder] : searched;
    const {folders} = this.system;
    const found = this.payload.find(soname, [...own, ...folders]);
    if (found === 'bundled') return undefined;
    const paths = [
      ...(found === undefined
        ? []
        : this.system.find(posix.basename(found.outside), [posix.dirname(found.outside)])),
      ...this.system.find(soname, [...searched, ...folders]),
    ];
    const provision = this.packages.provisionOf(soname, paths);
    return provision.kind === 'unknown' && this.payload.isInBundle(soname) ? undefined : provision;
  }

  private addMissing(soname: string, why: string, {path}: LinkedFile): void {
    const {files} = this.missing.get(soname) ?? {files: []};
    this.missing.set(soname, {why, files: [...files, path]});
  }

  private unresolved(): MkvenvdebError {
    const issues = [...this.missing].map(
      ([
        soname,
        {
          why,
          files: [first, ...more],
        },
      ]) => {
        const others = more.length === 0 ? '' : ` and ${more.length} other file${more.length > 1 ? 's' : ''}`;
        return `${soname}, needed by ${first}${others}${this.database.isEmpty ? '' : `: ${why}`}`;
      },
    );
    const [only] = issues;
    if (this.database.isEmpty) {
      return new MkvenvdebError('E_PAYLOAD', `No dpkg here to tell whose the shared libraries are: ${only}`, {
        hint: 'Name the packages that have them in "depends" and set "shlibs" to false',
        issues: issues.length > 1 ? issues : [],
      });
    }
    return new MkvenvdebError('E_PAYLOAD', `Shared library is in no package: ${only}`, {
      hint:
        'Install the package that has it, pack it with the project, or name it in "shlibs.exclude" ' +
        '(and its package in "depends")',
      issues: issues.length > 1 ? issues : [],
    });
  }
}
