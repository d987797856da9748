import {people} from '../formats/core-metadata.js';
import {parseIni} from '../formats/ini.js';
import type {ProjectMetadata} from './types.js';

/** `attr:` and `file:` stand for values that only setuptools finds. */
const isStatic = (value: string | undefined): value is string =>
  value !== undefined && value !== '' && !/^(?:attr|file):/.test(value);

/** Entry points that become commands in `bin/` (PyPA, entry points specification); off Windows both do the same. */
export const SCRIPT_GROUPS = ['console_scripts', 'gui_scripts'];

/** Read what setup.cfg says plainly; undefined when it holds no metadata (many hold only the options of tools). */
export function readSetupCfg(text: string): ProjectMetadata | undefined {
  const sections = parseIni(text);
  const metadata = sections.get('metadata');
  if (metadata === undefined) return undefined;
  const one = (...keys: string[]) => keys.map((key) => metadata.get(key)).find(isStatic);
  const lines = (value: string | undefined) =>
    (value ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
  const urls = lines(metadata.get('project_urls')).map((line) => line.split('=').map((part) => part.trim()));
  const homepage =
    one('url', 'home-page', 'home_page') ??
    urls.find(([label]) => /^home[\s_-]?page$/i.test(label ?? ''))?.[1];
  const entryPoints = sections.get('options.entry_points');
  const requires = sections.get('options')?.get('install_requires');
  const [name, version, summary] = [one('name'), one('version'), one('summary', 'description')];
  return {
    ...(name === undefined ? {} : {name}),
    ...(version === undefined ? {} : {version}),
    ...(summary === undefined ? {} : {summary: summary.split('\n')[0] ?? ''}),
    ...(homepage === undefined ? {} : {homepage}),
    maintainers: [
      ...people(one('maintainer'), one('maintainer_email', 'maintainer-email')),
      ...people(one('author'), one('author_email', 'author-email')),
    ],
    scripts: SCRIPT_GROUPS.flatMap((group) => lines(entryPoints?.get(group))).map((line) =>
      (line.split('=')[0] ?? '').trim(),
    ),
    ...(isStatic(requires) ? {dependencies: lines(requires)} : {}),
    dynamic: metadata.has('version') && version === undefined ? ['version'] : [],
  };
}
