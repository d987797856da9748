import {realpath} from 'node:fs/promises';
import type {Companion} from './archive/write.js';
import type {Config} from './config/types.js';
import {MkvenvdebError} from './errors.js';
import type {ChangelogEntry} from './formats/changelog.js';
import {digestFile, digestText} from './formats/digests.js';
import {openDpkgDatabase} from './formats/dpkg-database.js';
import {ELF_HEADER_SIZE} from './formats/elf.js';
import {installedClosure, relationNames} from './formats/installed-closure.js';
import type {Interpreter} from './model.js';
import type {NamedDeb} from './pack.js';
import {documentEntry} from './papers.js';
import type {Fields} from './plan.js';
import {architectureOf, programsOf} from './policy/architecture.js';
import {formatBuildinfo} from './policy/buildinfo.js';
import {formatChanges, type UploadedFile} from './policy/changes.js';

export interface CompanionOptions {
  readonly config: Pick<
    Config,
    'changes' | 'buildinfo' | 'sbom' | 'distribution' | 'section' | 'priority' | 'depends'
  >;
  readonly fields: Pick<Fields, 'package' | 'version' | 'maintainer' | 'description' | 'epoch'>;
  readonly newest: ChangelogEntry;
  /** Bill of materials; undefined where it was not asked for. */
  readonly sbom: string | undefined;
  readonly interpreter: Interpreter;
  /** Relations beside those of the configuration. */
  readonly depends: readonly string[];
  /** Variables that the build sets. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * `.changes` and `.buildinfo` describe one upload of a source, and here each describes one package with a virtualenv.
 *
 * @throws E_OPTION where they are asked for, and there are several packages or there is no virtualenv
 */
export function assertUploads(
  configs: readonly Pick<Config, 'changes' | 'buildinfo' | 'package' | 'venv'>[],
): void {
  for (const key of ['changes', 'buildinfo'] as const) {
    if (!configs.some((config) => config[key])) continue;
    const names = configs.map((config) => config.package).join(', ');
    if (configs.length > 1) {
      throw new MkvenvdebError('E_OPTION', `Option "${key}" is for one package, not several: ${names}`, {
        hint: 'Build one after the other with "package", or make the file with dpkg-genchanges or dpkg-genbuildinfo',
      });
    }
    if (configs[0]?.venv === 'none')
      throw new MkvenvdebError('E_OPTION', `Option "${key}" is for packages with a virtualenv: ${names}`, {
        hint: 'Make the file with dpkg-genchanges or dpkg-genbuildinfo',
      });
  }
}

/** The name of a file beside the package. */
export const besideName = (deb: string, kind: 'buildinfo' | 'changes' | 'cdx.json'): string =>
  deb.replace(/\.deb$/, `.${kind}`);

/** Make the files that were asked for, `.changes` last: it names the others. */
export async function makeCompanions(
  deb: NamedDeb,
  options: CompanionOptions,
): Promise<readonly Companion[]> {
  const {config, fields, newest, sbom} = options;
  const made: Companion[] = [];
  const {package: name, version, maintainer, description} = fields;
  const files: UploadedFile[] = [{name: deb.name, ...(await digestFile(deb.temporaryFile))}];
  const upload = {package: name, version, architecture: deb.architecture};
  if (sbom !== undefined && config.sbom !== 'inside')
    made.push({name: besideName(deb.name, 'cdx.json'), text: sbom});
  if (config.buildinfo) {
    const text = await buildinfo(deb, {...options, files});
    const file = {name: besideName(deb.name, 'buildinfo'), text};
    made.push(file);
    files.unshift({name: file.name, ...(await digestText(text))});
  }
  if (config.changes) {
    const {distribution, section, priority} = config;
    const synopsis = description.split('\n')[0] ?? '';
    const facts = {...upload, files, entry: newest, distribution, maintainer, synopsis, section, priority};
    made.push({name: besideName(deb.name, 'changes'), text: formatChanges(facts)});
  }
  return made;
}

/**
 * What may have shaped the package: the interpreter, what the package depends on, and the C compiler where something
 * was compiled, each with all that it depends on in turn.
 */
async function buildinfo(
  {architecture}: NamedDeb,
  {
    config,
    fields,
    files,
    interpreter,
    depends,
    environment,
  }: CompanionOptions & {readonly files: readonly UploadedFile[]},
): Promise<string> {
  const database = openDpkgDatabase();
  const compiler = architecture === 'all' ? undefined : await realpath('/usr/bin/cc').catch(() => undefined);
  const roots = [
    interpreter.owner?.package,
    compiler && database.ownerOf(compiler)?.package,
    ...[...depends, ...config.depends].flatMap(relationNames),
  ].filter((name) => name !== undefined && name !== '');
  return formatBuildinfo({
    package: fields.package,
    version: fields.version,
    architecture,
    files: [...files],
    buildArchitecture: database.installed('dpkg')?.architecture ?? (await nativeArchitecture(interpreter)),
    installed: installedClosure(roots as string[]),
    environment: {...environment, SOURCE_DATE_EPOCH: String(fields.epoch.seconds)},
  });
}

/** Where there is no dpkg that could tell it: that of the interpreter. */
async function nativeArchitecture({executable: source}: Interpreter): Promise<string> {
  const {data: _, ...file} = documentEntry('python', '', 0);
  return architectureOf(await programsOf([{...file, size: ELF_HEADER_SIZE, source}]));
}
