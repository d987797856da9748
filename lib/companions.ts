import {realpath} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {Companion} from './archive/place.js';
import type {Config} from './config/types.js';
import {MkvenvdebError} from './errors.js';
import type {ChangelogEntry} from './formats/changelog.js';
import {digestFile, digestText} from './formats/digests.js';
import {openDpkgDatabase} from './formats/dpkg-database.js';
import {ELF_HEADER_SIZE} from './formats/elf.js';
import {installedClosure, relationNames} from './formats/installed-closure.js';
import {compareBytes} from './formats/order.js';
import {sourceOf} from './formats/source-package.js';
import type {Interpreter} from './model.js';
import {ownVersion} from './own-version.js';
import type {PackedDeb} from './pack.js';
import {documentEntry} from './papers.js';
import type {Fields} from './plan.js';
import {architectureOf, programsOf} from './policy/architecture.js';
import {formatBuildinfo} from './policy/buildinfo.js';
import {formatChanges, type UploadedFile, type UploadFacts} from './policy/changes.js';
import {PINNED} from './python/environment.js';

/** A package that has its name not yet, and what the files beside it say of it. */
export interface Member {
  readonly deb: PackedDeb;
  readonly config: Pick<
    Config,
    'changes' | 'buildinfo' | 'sbom' | 'distribution' | 'section' | 'priority' | 'depends' | 'sourcePackage'
  >;
  readonly fields: Pick<Fields, 'package' | 'version' | 'maintainer' | 'description' | 'epoch'>;
  readonly newest: ChangelogEntry;
  /** Bill of materials; undefined where it was not asked for. */
  readonly sbom?: string | undefined;
  /** undefined for a package without a virtualenv. */
  readonly interpreter?: Interpreter | undefined;
  /** Relations beside those of the configuration. */
  readonly depends: readonly string[];
}

type Members = readonly [Member, ...Member[]];

/**
 * `.changes` and `.buildinfo` are those of one source, and lie beside what they name.
 *
 * @throws E_OPTION where they are asked for packages of two sources, or for two folders
 */
export function assertUploads(
  configs: readonly Pick<Config, 'changes' | 'buildinfo' | 'package' | 'version' | 'sourcePackage' | 'out'>[],
): void {
  const key = (['changes', 'buildinfo'] as const).find((one) => configs.some((config) => config[one]));
  if (key === undefined) return;
  const refuse = (what: string, found: readonly string[], hint: string) => {
    const different = [...new Set(found)];
    if (different.length < 2) return;
    throw new MkvenvdebError('E_OPTION', `Option "${key}" is for one ${what}: ${different.join(', ')}`, {
      hint,
    });
  };
  const sources = configs.map(({sourcePackage, package: name = '', version = ''}) => {
    const source = sourceOf(sourcePackage, {package: name, version});
    return `${source.name} (${source.version})`;
  });
  refuse('source', sources, 'Set "source_package", or build one after the other with "package"');
  const outs = configs.map(({out}) => out);
  refuse('folder', outs, 'Set "out": it wins over what debian/rules says');
}

/** The bill of materials beside a package. */
export const sbomFile = ({file}: {readonly file: string}): string => file.replace(/\.deb$/, '.cdx.json');

/** The files that were asked for, and those of them that a result tells. */
export interface Companions {
  /** `.changes` last: it names the others. */
  readonly files: readonly Companion[];
  readonly buildinfo?: string;
  readonly changes?: string;
}

/** Make what lies beside packages: a bill of materials for each, one `.buildinfo` and one `.changes` for their source. */
export async function makeCompanions(members: Members): Promise<Companions> {
  const [{config, newest, fields}] = members;
  const files: Companion[] = members.flatMap((member) =>
    member.sbom === undefined || member.config.sbom === 'inside'
      ? []
      : [{file: sbomFile(member.deb), text: member.sbom}],
  );
  if (!config.buildinfo && !config.changes) return {files};
  let upload = await describeUpload(members);
  const buildinfo = config.buildinfo ? fileBeside(members, upload, 'buildinfo') : undefined;
  if (buildinfo !== undefined) {
    const text = await buildinfoText(members, upload);
    files.push({file: buildinfo, text});
    const {section, priority} = config;
    const listed = {name: basename(buildinfo), section, priority, ...(await digestText(text))};
    upload = {...upload, files: sorted([...upload.files, listed])};
  }
  const changes = config.changes ? fileBeside(members, upload, 'changes') : undefined;
  if (changes !== undefined) {
    const {distribution} = config;
    const {maintainer} = fields;
    files.push({file: changes, text: formatChanges({...upload, entry: newest, distribution, maintainer})});
  }
  return {files, ...(buildinfo ? {buildinfo} : {}), ...(changes ? {changes} : {})};
}

/** dpkg-buildpackage(1): `SOURCE_VERSION_ARCH`, the version without epoch; `all` where no package is for one machine. */
function fileBeside([{deb}]: Members, {source, version, packages}: UploadFacts, kind: string): string {
  const architecture = packages.find((one) => one.architecture !== 'all')?.architecture ?? 'all';
  return join(dirname(deb.file), `${source.name}_${version.replace(/^\d+:/, '')}_${architecture}.${kind}`);
}

const sorted = (files: readonly UploadedFile[]) => [...files].sort((a, b) => compareBytes(a.name, b.name));

async function describeUpload(members: Members): Promise<UploadFacts> {
  const [{config, fields, newest}] = members;
  const source = sourceOf(config.sourcePackage, fields);
  const inOrder = [...members].sort((a, b) => compareBytes(basename(a.deb.file), basename(b.deb.file)));
  const files: UploadedFile[] = [];
  for (const {deb, config: own} of inOrder) {
    const {section, priority} = own;
    files.push({name: basename(deb.file), section, priority, ...(await digestFile(deb.temporaryFile))});
  }
  const packages = inOrder.map(({deb, fields: {description}}) => ({
    package: deb.package,
    architecture: deb.architecture,
    synopsis: description.split('\n')[0] ?? '',
  }));
  return {source, version: newest.binaryOnly ? newest.version : source.version, packages, files};
}

/**
 * What may have shaped the packages: their interpreters, what they depend on, and the C compiler where something was
 * compiled, each with all that it depends on in turn.
 */
async function buildinfoText(members: Members, upload: UploadFacts): Promise<string> {
  const database = openDpkgDatabase();
  const isCompiled = upload.packages.some(({architecture}) => architecture !== 'all');
  const compiler = isCompiled ? await realpath('/usr/bin/cc').catch(() => undefined) : undefined;
  const roots = [
    compiler && database.ownerOf(compiler)?.package,
    ...members.flatMap(({interpreter, depends, config}) => [
      interpreter?.owner?.package,
      ...[...depends, ...config.depends].flatMap(relationNames),
    ]),
  ].filter((name): name is string => name !== undefined && name !== '');
  const own = new Set(upload.packages.map((one) => one.package));
  const interpreter = members.find((member) => member.interpreter)?.interpreter;
  return formatBuildinfo({
    ...upload,
    toolVersion: ownVersion(),
    buildArchitecture: database.installed('dpkg')?.architecture ?? (await nativeArchitecture(interpreter)),
    installed: installedClosure(roots.filter((name) => !own.has(name))),
    environment: {
      ...(interpreter ? PINNED : {}),
      SOURCE_DATE_EPOCH: String(members[0].fields.epoch.seconds),
    },
  });
}

/** Where there is no dpkg that could tell it: that of the interpreter, else of the program that runs this. */
async function nativeArchitecture(interpreter: Interpreter | undefined): Promise<string> {
  const {data: _, ...file} = documentEntry('program', '', 0);
  const source = interpreter?.executable ?? process.execPath;
  return architectureOf(await programsOf([{...file, size: ELF_HEADER_SIZE, source}]));
}
