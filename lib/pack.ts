import {basename, join} from 'node:path';
import {checkDeb} from './archive/check.js';
import {type Companion, writeDeb} from './archive/write.js';
import type {Config} from './config/types.js';
import type {Caller} from './context.js';
import {CheckError} from './errors.js';
import type {DebFile, Entry} from './model.js';
import type {Fields} from './plan.js';
import {architectureOf} from './policy/architecture.js';
import {markConffiles} from './policy/conffiles.js';
import {formatControl} from './policy/control.js';
import {controlMembers} from './policy/control-archive.js';
import {installedSize} from './policy/installed-size.js';
import type {MaintainerScripts} from './policy/scripts.js';
import {makeFolder} from './work.js';

/** Everything that makes a package of a payload. */
export interface Packing {
  readonly config: Config;
  readonly fields: Pick<Fields, 'package' | 'version' | 'maintainer' | 'description' | 'homepage' | 'epoch'>;
  /** Relations beside those of the configuration. */
  readonly depends: readonly string[];
  readonly scripts: MaintainerScripts;
  /** Complete and in order. */
  readonly entries: readonly Entry[];
  /** Paths that must not be in the package, for the check of our own output. */
  readonly forbidden: readonly string[];
  readonly caller: Caller;
  /** Makes the files beside the package. @default none */
  readonly beside?: ((deb: NamedDeb) => Promise<readonly Companion[]>) | undefined;
}

/** The package before it has its name. */
export interface NamedDeb {
  readonly temporaryFile: string;
  /** What it will be called, without folder. */
  readonly name: string;
  readonly architecture: string;
}

/** Write a payload and its control archive as a .deb, check it with our own reader, and only then give it its name. */
export async function pack(packing: Packing): Promise<DebFile> {
  const {config, fields, caller, scripts, forbidden} = packing;
  const {compression, compressionLevel: level, out} = config;
  const entries = markConffiles(packing.entries, config.conffiles);
  const architecture = config.architecture === 'auto' ? await architectureOf(entries) : config.architecture;
  const size = installedSize(entries);
  const control = formatControl({
    ...config,
    ...fields,
    architecture,
    installedSize: size,
    depends: [...packing.depends, ...config.depends],
  });
  const {package: name, version, epoch} = fields;
  // A colon would need escaping in URLs and shells: like dpkg, without the epoch of the version.
  const file = join(out, `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`);
  await makeFolder(out);
  const written = await writeDeb({
    file,
    entries,
    control: (digests) => controlMembers({control, digests, scripts}),
    compression,
    level,
    mtime: epoch.seconds,
    beside: (temporaryFile) =>
      packing.beside?.({temporaryFile, name: basename(file), architecture}) ?? Promise.resolve([]),
    check: (temporaryFile) => assertSound(temporaryFile, forbidden),
    signal: caller.signal,
    report: caller.report,
  });
  return {file, package: name, version, architecture, installedSize: size, ...written};
}

async function assertSound(file: string, forbidden: readonly string[]): Promise<void> {
  const errors = (await checkDeb(file, {forbidden})).filter(({severity}) => severity === 'error');
  if (errors.length === 0) return;
  throw new CheckError('The package does not pass our own check', {
    issues: errors.map(({message, file: where}) => (where ? `${message}: ${where}` : message)),
    hint: 'This is a bug of mkvenvdeb: please report it with the lines above',
  });
}
