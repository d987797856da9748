import {join} from 'node:path';
import {checkDeb} from './archive/check.js';
import type {PendingFile} from './archive/place.js';
import {finishDeb} from './archive/write.js';
import type {Config} from './config/types.js';
import type {Caller} from './context.js';
import {CheckError} from './errors.js';
import {sourceField, sourceOf} from './formats/source-package.js';
import type {DebFile, Entry} from './model.js';
import {completePayload} from './payload/complete.js';
import type {Fields} from './plan.js';
import {architectureOf, programsOf} from './policy/architecture.js';
import {markConffiles} from './policy/conffiles.js';
import {formatControl} from './policy/control.js';
import {controlMembers} from './policy/control-archive.js';
import {installedSize} from './policy/installed-size.js';
import {addLintianOverrides} from './policy/lintian-overrides.js';
import type {MaintainerScripts} from './policy/scripts.js';
import {sharedLibraryRelations} from './policy/shared-libraries.js';
import {assembleSide, type Side, type SideResult} from './policy/side.js';
import {makeFolder} from './work.js';

/** Everything that makes a package of a payload. */
export interface Packing {
  readonly config: Config;
  readonly fields: Pick<Fields, 'package' | 'version' | 'maintainer' | 'description' | 'homepage' | 'epoch'>;
  /** Relations beside those of the configuration. */
  readonly depends: readonly string[];
  readonly scripts: MaintainerScripts;
  readonly side: Side;
  /** Where the virtualenv lives; undefined for a package without one. */
  readonly prefix?: string | undefined;
  /** Complete and in order. */
  readonly entries: readonly Entry[];
  /** Paths that must not be in the package, for the check of our own output. */
  readonly forbidden: readonly string[];
  /** Globs over absolute paths of the package: of those files the user says that it does not matter. */
  readonly allow?: readonly string[];
  /** Threads that compress; they never change the bytes. @default the number of processors, at most 8 */
  readonly workers?: number | undefined;
  readonly caller: Caller;
}

/** The package before it has its name. */
export type PackedDeb = DebFile & PendingFile;

/** Write a payload and its control archive as a .deb that has its name not yet, and check it with our own reader. */
export async function pack(packing: Packing): Promise<PackedDeb> {
  const {config, fields, prefix, caller} = packing;
  const {scripts, members, ...side} = completeSide(packing);
  const {compression, compressionLevel: level, out} = config;
  const mtime = fields.epoch.seconds;
  const payload = await addLintianOverrides(packing.entries, {
    ...{package: fields.package, prefix, mtime},
    maintscript: packing.side.maintscript.length > 0,
  });
  const entries = markConffiles(completePayload(payload, {mtime}), config.conffiles);
  const programs = await programsOf(entries);
  const architecture = config.architecture === 'auto' ? architectureOf(programs) : config.architecture;
  const {package: name, version} = fields;
  const libraries = sharedLibraryRelations(entries, programs, {
    rules: config.shlibs,
    ...{package: name, architecture, report: caller.report},
  });
  const size = installedSize(entries);
  const control = formatControl({
    ...config,
    ...fields,
    source: sourceField(sourceOf(config.sourcePackage, fields), fields),
    architecture,
    installedSize: size,
    depends: [...packing.depends, ...side.depends, ...config.depends, ...libraries.depends],
    recommends: [...config.recommends, ...libraries.recommends],
  });
  // A colon would need escaping in URLs and shells: like dpkg, without the epoch of the version.
  const file = join(out, `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`);
  await makeFolder(out);
  const written = await finishDeb({
    file,
    entries,
    control: (digests) => controlMembers({control, digests, scripts, members}),
    compression,
    level,
    mtime,
    check: (temporaryFile) => assertSound(temporaryFile, packing),
    workers: packing.workers,
    signal: caller.signal,
    report: caller.report,
  });
  return {package: name, version, architecture, installedSize: size, ...written};
}

function completeSide({side, scripts, fields, prefix, caller}: Packing): SideResult {
  const result = assembleSide(side, scripts, {package: fields.package, prefix});
  for (const message of result.homeless) {
    const hint = 'Put #DEBHELPER# on a line of its own into the shell script, before it exits';
    caller.report({type: 'warning', code: 'no-debhelper-token', message, hint});
  }
  return result;
}

async function assertSound(file: string, {forbidden, allow = []}: Packing): Promise<void> {
  const accepted = allow.map((glob) => `forbidden-text:${glob}`);
  // What we wrote ourselves is no bomb, however well it is compressed.
  const limits = {unpackedSize: Infinity, controlSize: Infinity, members: Infinity};
  const issues = await checkDeb(file, {forbidden, allow: accepted, scope: 'structure', limits});
  const errors = issues.filter(({severity}) => severity === 'error');
  if (errors.length === 0) return;
  throw new CheckError('The package does not pass our own check', {
    issues: errors.map(({message, file: where}) => (where ? `${message}: ${where}` : message)),
    hint: 'This is a bug of mkvenvdeb: please report it with the lines above',
  });
}
