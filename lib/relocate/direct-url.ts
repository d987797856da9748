import {readFile, rm} from 'node:fs/promises';
import {isMetadata, type Relocation, replaceFile} from './tree.js';

/** What PEP 610 lets stand before the host: the user of ssh URLs, and environment variables. */
const HARMLESS_USER = /^(?:git|hg|\$\{[\w-]+\}(?::\$\{[\w-]+\})?)$/;

/**
 * What becomes of a direct_url.json (PEP 610): `undefined` when it names a file of the build machine, the URL without
 * credentials else. A file that is no such JSON comes back as it is.
 */
export function relocateDirectUrl(text: string): string | undefined {
  const document = parseDirectUrl(text);
  if (document.url === undefined) return text;
  if (/^file:/i.test(document.url)) return undefined;
  const url = document.url.replace(/^([\w+.-]+:\/\/)([^/?#]*)@/, (whole, scheme: string, user: string) =>
    HARMLESS_USER.test(user) ? whole : scheme,
  );
  return url === document.url ? text : JSON.stringify({...document, url});
}

/** What this package reads of a direct_url.json (PEP 610). */
export interface DirectUrl {
  readonly url?: string;
  readonly dir_info?: {readonly editable?: boolean};
}

/** Read a direct_url.json; one that is no such document is empty. */
export function parseDirectUrl(text: string): DirectUrl {
  try {
    const value = JSON.parse(text) as DirectUrl | null;
    return typeof value?.url === 'string' ? value : {};
  } catch {
    return {};
  }
}

/** Apply it to every installed distribution. @returns the paths of those that changed or went */
export async function relocateDirectUrls({nodes, venv}: Relocation): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const node of nodes) {
    if (!isMetadata(node, 'direct_url.json', venv.interpreter.sitePackages)) continue;
    const {path, staged} = node;
    const text = await readFile(staged, 'utf8');
    const result = relocateDirectUrl(text);
    if (result === text) continue;
    if (result === undefined) await rm(staged);
    else await replaceFile(staged, result);
    changed.push(path);
  }
  return changed;
}
