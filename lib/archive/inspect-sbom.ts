import {readFile} from 'node:fs/promises';
import {gunzipSync} from 'node:zlib';
import type {Survey} from './survey.js';

/** A bill of materials, in the package or beside it. */
export interface FoundSbom {
  /** Absolute path on the server, or that of the file beside the package. */
  readonly path: string;
  readonly place: 'inside' | 'beside';
  /** `CycloneDX 1.6`, `SPDX-2.3`; undefined for what is neither. */
  readonly format?: string;
  readonly serialNumber?: string;
  readonly components: number;
  /** The whole text. */
  readonly text: string;
}

/** What is unpacked to more is no bill of materials. */
const LARGEST = 64 << 20;

/**
 * Find bills of materials: files of the package whose names end like one, and the one that `build` puts beside it.
 *
 * @param problem is told what cannot be read
 */
export async function findSboms(
  file: string,
  survey: Survey,
  problem: (text: string) => void,
): Promise<readonly FoundSbom[]> {
  const found: FoundSbom[] = [];
  const add = (path: string, place: FoundSbom['place'], text: string) => {
    const facts = read(text);
    if (facts === undefined) problem(`Not a bill of materials: ${path}`);
    else found.push({path, place, ...facts, text});
  };
  for (const [path, data] of survey.kept) {
    if (!/\.(?:cdx|spdx)\.json(?:\.gz)?$/.test(path)) continue;
    const text = path.endsWith('.gz') ? unpacked(data) : data.toString();
    add(`/${path}`, 'inside', text);
  }
  const beside = file.replace(/\.deb$/, '.cdx.json');
  const text = beside === file ? undefined : await readFile(beside, 'utf8').catch(() => undefined);
  if (text !== undefined) add(beside, 'beside', text);
  return found;
}

function unpacked(data: Buffer): string {
  try {
    return gunzipSync(data, {maxOutputLength: LARGEST}).toString();
  } catch {
    return '';
  }
}

function read(text: string): Pick<FoundSbom, 'format' | 'serialNumber' | 'components'> | undefined {
  let document: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    document = parsed as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const string = (key: string) => (typeof document[key] === 'string' ? document[key] : undefined);
  const length = (key: string) => (Array.isArray(document[key]) ? document[key].length : 0);
  if (string('bomFormat') === 'CycloneDX') {
    const serialNumber = string('serialNumber');
    return {
      format: `CycloneDX ${string('specVersion') ?? ''}`.trim(),
      ...(serialNumber === undefined ? {} : {serialNumber}),
      components: length('components'),
    };
  }
  const spdx = string('spdxVersion');
  return spdx === undefined ? undefined : {format: spdx, components: length('packages')};
}
