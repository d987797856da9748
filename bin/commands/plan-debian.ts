import {basename} from 'node:path';
import type {Plan} from '../../lib/index.js';

type Config = Plan['config'];

/** A name and what stands behind it, one line each; nothing is printed where there is none. */
export type PlanRow = readonly [name: string, values: string | readonly string[] | undefined];

const RELATIONS = {
  'pre-depends': 'preDepends',
  recommends: 'recommends',
  suggests: 'suggests',
  enhances: 'enhances',
  conflicts: 'conflicts',
  breaks: 'breaks',
  replaces: 'replaces',
  provides: 'provides',
} as const satisfies Record<string, keyof Config>;

/** The relations to other packages but `depends`, and what tells those to shared libraries. */
export const relationRows = (config: Config): readonly PlanRow[] => [
  ...Object.entries(RELATIONS).map(([name, key]) => [name, config[key].join(', ') || undefined] as const),
  ['libraries', libraries(config)],
];

function libraries({shlibs}: Config): string {
  if (shlibs === false) return 'not looked at';
  const exceptions = [
    ...shlibs.exclude.map((pattern) => `but ${pattern}`),
    ...shlibs.recommends.map((pattern) => `recommended for ${pattern}`),
  ];
  return ['told by the ELF files', ...exceptions].join(', ');
}

const DROPS = ['sysusers', 'tmpfiles', 'default', 'logrotate', 'pam', 'udev'] as const;
const FILES = ['manpages', 'info', 'docs', 'examples'] as const;

/** What Debian does for the package on the server, and the documents that go with it. */
export const sideRows = (config: Config): readonly PlanRow[] => [
  ['user', account(config)],
  ['directories', config.directories.map(directory)],
  ['units', config.systemd.map(unit)],
  ['user units', config.systemdUser.map((one) => unit({...one, start: true, restart: true}))],
  ['init', config.init.map(({source, name, ...said}) => handled(dropped({source, name}), said))],
  ...DROPS.map((key) => [key, config[key].map(dropped)] as const),
  ['cron', config.cron.map((job) => `${job.when}: ${dropped(job)}`)],
  ['alternatives', config.alternatives.map(({link, path, priority}) => `${link} -> ${path} (${priority})`)],
  ['triggers', config.triggers],
  ['debconf', Object.values(config.debconf).filter((file) => file !== undefined)],
  ['maintscript', config.maintscript],
  ['ucf', Object.entries(config.ucf).map(([path, source]) => `${path} <- ${source}`)],
  ['conffiles', config.conffiles],
  ['purge', config.purge === 'keep' ? 'keeps what is left below the prefix' : undefined],
  ...FILES.map((key) => [key, names(config[key].map(({source}) => source))] as const),
  ['news', config.news],
  ['overrides', config.lintianOverrides],
  ['changelog', config.changelog ?? 'made, with one entry'],
  ['copyright', config.copyright ?? 'made of what is bundled'],
  ['distribution', config.distribution],
];

/** What is written beside the package, and the bill of materials inside. */
export const uploadRows = ({changes, buildinfo, sbom, sourcePackage}: Config): readonly PlanRow[] => [
  ['of source', sourcePackage],
  ['sbom', SBOM[sbom]],
  [
    'upload',
    [...(buildinfo ? ['.buildinfo'] : []), ...(changes ? ['.changes'] : [])].join(', ') || undefined,
  ],
];

const SBOM: Readonly<Record<Config['sbom'], string | undefined>> = {
  none: undefined,
  beside: 'beside the package',
  inside: 'inside the package',
  both: 'beside the package and inside',
};

function account({user}: Config): string | undefined {
  if (user === undefined) return undefined;
  const {name, group = name, home, groups, purge} = user;
  return [
    group === name ? name : `${name}, group ${group}`,
    ...(home === undefined ? [] : [`home ${home}`]),
    ...(groups.length > 0 ? [`in ${groups.join(', ')}`] : []),
    ...(purge === 'delete' ? ['deleted by a purge'] : []),
  ].join(', ');
}

const directory = ({path, owner, group, mode, purge}: Config['directories'][number]): string =>
  `${path} ${owner}:${group} ${mode.toString(8).padStart(4, '0')}${purge === 'delete' ? ', deleted by a purge' : ''}`;

type Handling = Pick<Config['systemd'][number], 'enable' | 'start' | 'restart'>;

const unit = ({source, name = basename(source), ...said}: Config['systemd'][number]): string =>
  handled(name, said);

/** Something that runs, and what is not done with it as with most. */
function handled(what: string, {enable, start, restart}: Handling): string {
  const said = [
    ...(enable ? [] : ['not enabled']),
    ...(start ? [] : ['not started']),
    ...(restart === true ? [] : [restart === 'stop' ? 'stopped while upgraded' : 'left running by upgrades']),
  ];
  return [what, ...said].join(', ');
}

const dropped = ({source, name}: {readonly source: string; readonly name?: string | undefined}): string =>
  name === undefined ? source : `${source} -> ${name}`;

const names = (files: readonly string[]): string | undefined =>
  files.length === 0 ? undefined : files.map((file) => basename(file)).join(', ');
