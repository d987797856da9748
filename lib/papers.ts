import type {ChangelogEntry} from './formats/changelog.js';
import {gzipDocument} from './formats/gzip.js';
import {sourceOf} from './formats/source-package.js';
import type {DistributionDetails, Entry} from './model.js';
import type {Fields} from './plan.js';
import {type GivenChangelog, makeChangelog} from './policy/changelog.js';
import {makeCopyright} from './policy/copyright.js';
import type {Report} from './report.js';

/** What the user gave of documents. */
export interface GivenPapers {
  readonly changelog?: GivenChangelog | undefined;
  /** Text of the copyright file. */
  readonly copyright?: string | undefined;
}

export interface PaperOptions {
  readonly given: GivenPapers;
  readonly fields: Pick<Fields, 'package' | 'version' | 'maintainer' | 'homepage' | 'epoch'>;
  readonly distribution: string | undefined;
  /** The option `source_package`. */
  readonly sourcePackage: string | undefined;
  /** undefined where nothing is known of what is packed: then there is no copyright file but a given one. */
  readonly bundled?:
    | {
        readonly distributions: readonly DistributionDetails[];
        /** Patterns of the files of each, by its normalised name. */
        readonly files: ReadonlyMap<string, readonly string[]>;
      }
    | undefined;
  /** Bill of materials that is packed; undefined where it is not. */
  readonly sbom?: string | undefined;
  readonly report: Report;
}

export interface Papers {
  readonly entries: readonly Entry[];
  /** The changelog's entry for this version. */
  readonly newest: ChangelogEntry;
}

/** Make the documents that Policy 12.5 and 12.7 demand of every package. */
export function makePapers(options: PaperOptions): Papers {
  const {given, fields, distribution, report, sbom} = options;
  const {package: name, version, epoch} = fields;
  const mtime = epoch.seconds;
  const changelog = makeChangelog(given.changelog, {
    ...fields,
    ...changelogSource(options),
    distribution,
    seconds: mtime,
  });
  for (const message of changelog.problems) report({type: 'warning', code: 'changelog', message});
  const copyright = given.copyright ?? copyrightOf(options);
  const folder = `usr/share/doc/${name}`;
  const isNative = !version.includes('-');
  const packed = (file: string, content: string | Uint8Array) =>
    documentEntry(`${folder}/${file}`, content, mtime);
  return {
    newest: changelog.newest,
    entries: [
      packed(isNative ? 'changelog.gz' : 'changelog.Debian.gz', gzipDocument(changelog.text)),
      ...(changelog.upstream === undefined || isNative
        ? []
        : [packed('changelog.gz', gzipDocument(changelog.upstream))]),
      ...(copyright === undefined ? [] : [packed('copyright', copyright)]),
      ...(sbom === undefined ? [] : [packed(`${name}.cdx.json`, sbom)]),
    ],
  };
}

/** A changelog is that of the source (Policy 4.4), but the entry of a rebuild has the version of the package. */
function changelogSource({given: {changelog}, fields, sourcePackage}: PaperOptions) {
  const {name, version} = sourceOf(sourcePackage, fields);
  const newest = changelog?.kind === 'debian' ? changelog.changelog.entries[0].version : undefined;
  return {package: name, version: newest === fields.version ? newest : version};
}

function copyrightOf({fields, bundled, report}: PaperOptions): string | undefined {
  if (!bundled) return undefined;
  const {text, undetermined} = makeCopyright({
    name: fields.package,
    homepage: fields.homepage,
    maintainer: fields.maintainer,
    seconds: fields.epoch.seconds,
    distributions: bundled.distributions,
    filesOf: (name) => bundled.files.get(name) ?? [],
  });
  if (undetermined.length > 0) {
    report({
      type: 'warning',
      code: 'unknown-licence',
      message: `Licence could not be determined: ${undetermined.join(', ')}`,
      hint: 'The copyright file says so; give one of your own with the option "copyright" if you know more',
    });
  }
  return text;
}

/** A file that everybody may read. */
export function documentEntry(path: string, content: string | Uint8Array, mtime: number): Entry {
  const data = typeof content === 'string' ? Buffer.from(content) : content;
  return {path, type: 'file', mode: 0o644, owner: 'root', group: 'root', mtime, size: data.length, data};
}
