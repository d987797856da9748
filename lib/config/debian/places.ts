import type {BuildOptions} from '../schema/index.js';
import {type ContentContext, callsOf, fileOf, hasAddon, nameOf} from './context.js';
import type {Call} from './units.js';

type Files = NonNullable<BuildOptions['files']>;

interface Place {
  readonly tool: string;
  /** What the file's name ends in. */
  readonly extension: string;
  /** Where it goes; `name` is what `--name` says, else the package. */
  readonly target: (name: string, owner: string) => string;
  /** A program, not something that is read. */
  readonly isProgram?: true;
}

/** run-parts(8) passes over names with a dot. */
const logcheck = (type: string): Place => ({
  tool: 'dh_installlogcheck',
  extension: `logcheck.${type.replace('.d', '')}`,
  target: (name) => `/etc/logcheck/${type}/${name.replaceAll('.', '_')}`,
});

const network = (when: string): Place => ({
  tool: 'dh_installifupdown',
  extension: `if-${when}`,
  target: (name) => `/etc/network/if-${when}.d/${name}`,
  isProgram: true,
});

const connection = (when: string): Place => ({
  tool: 'dh_installppp',
  extension: `ppp.ip-${when}`,
  target: (name) => `/etc/ppp/ip-${when}.d/${name}`,
  isProgram: true,
});

/** Files that a program of debhelper puts into one place each, by the manual pages of those programs. */
const PLACES: readonly Place[] = [
  ...[
    'ignore.d.workstation',
    'ignore.d.server',
    'ignore.d.paranoid',
    'cracking.d',
    'violations.d',
    'violations.ignore.d',
  ].map(logcheck),
  ...['pre-up', 'up', 'down', 'post-down'].map(network),
  ...['up', 'down'].map(connection),
  {tool: 'dh_installmodules', extension: 'modprobe', target: (name) => `/etc/modprobe.d/${name}.conf`},
  {tool: 'dh_installmime', extension: 'mime', target: (_, owner) => `/usr/lib/mime/packages/${owner}`},
  {
    tool: 'dh_installmime',
    extension: 'sharedmimeinfo',
    target: (_, owner) => `/usr/share/mime/packages/${owner}.xml`,
  },
  {tool: 'dh_installmenu', extension: 'menu', target: (_, owner) => `/usr/share/menu/${owner}`},
];

/** Files of debian/ that are packed under another name, and what follows from them. */
export function placedFiles(context: ContentContext): BuildOptions {
  const {package: owner} = context;
  const placed = PLACES.flatMap(({tool, extension, target, isProgram = false}) =>
    callsOf(context, tool).flatMap((call) =>
      fileFor(context, {call, extension}).map((source) =>
        packed(source, target(nameOf(call) ?? owner, owner), isProgram),
      ),
    ),
  );
  const {files: hooks = [], ...initramfs} = initramfsHook(context);
  const {files: overrides = [], ...settings} = gsettings(context);
  const files = [
    ...placed,
    ...bugFiles(context),
    ...docBase(context),
    ...apport(context),
    ...upstart(context),
  ];
  return {...initramfs, ...settings, files: [...files, ...hooks, ...overrides]};
}

const packed = (source: string, target: string, isProgram = false): Files[number] => ({
  source,
  target,
  mode: isProgram ? '0755' : '0644',
});

function fileFor(
  context: ContentContext,
  {call, extension}: {call: Call; extension: string},
): readonly string[] {
  const source = fileOf(context, extension, nameOf(call));
  return source === undefined ? [] : [source];
}

/** dh_bugfiles(1): a script that is alone is no folder. */
function bugFiles(context: ContentContext): Files {
  const found = new Map<string, string>();
  for (const call of callsOf(context, 'dh_bugfiles')) {
    // With --all, files without the name of a package are for all of them.
    const wide = call.options.has('all') ? {...context, isFirst: true} : context;
    for (const type of ['script', 'control', 'presubj']) {
      for (const source of fileFor(wide, {call, extension: `bug-${type}`})) found.set(type, source);
    }
  }
  const folder = `/usr/share/bug/${context.package}`;
  const isAlone = found.size === 1 && found.has('script');
  return [...found].map(([type, source]) =>
    packed(source, isAlone ? folder : `${folder}/${type}`, type === 'script'),
  );
}

/** dh_installdocs(1): also `PACKAGE.doc-base.ANYTHING`, each called after the document that it registers. */
function docBase(context: ContentContext): Files {
  const {folder, package: owner, isFirst, problem, ignored} = context;
  const calls = callsOf(context, 'dh_installdocs');
  if (calls.length === 0) return [];
  const excluded = calls.flatMap(({options}) => options.get('exclude') ?? []);
  const isOwn = (name: string) =>
    [`${owner}.`, ...(isFirst ? [''] : [])].some((start) => isNamed(name, start));
  const files = [...folder.names].filter(
    (name) => isOwn(name) && !excluded.some((part) => name.includes(part)),
  );
  return files.sort().flatMap((name) => {
    const source = `debian/${name}`;
    if (ignored(source)) return [];
    const [, id] = /^Document[ \t]*:(.*)$/m.exec(folder.read(source))?.map((part) => part.trim()) ?? [];
    if (id) return [packed(source, `/usr/share/doc-base/${owner}.${id}`)];
    problem(`${source}: No field Document`, 'Say what the document is called, for the name of the file');
    return [];
  });
}

const isNamed = (name: string, start: string): boolean =>
  name.startsWith(`${start}doc-base`) &&
  /^(?:\..*)?$/.test(name.slice(start.length + 8)) &&
  !name.endsWith('.EX');

/** dh_installinitramfs(1), from compat level 12; the trigger makes the image anew. */
function initramfsHook(context: ContentContext): BuildOptions {
  const {compat, package: owner} = context;
  const inSequence = compat >= 12 || hasAddon(context, 'installinitramfs');
  const calls = callsOf(context, 'dh_installinitramfs', inSequence);
  const files = calls.flatMap((call) =>
    fileFor(context, {call, extension: 'initramfs-hook'}).map((source) =>
      packed(source, `/usr/share/initramfs-tools/hooks/${owner}`, true),
    ),
  );
  const isTold = files.length > 0 && calls.some(({options}) => !options.has('noscripts'));
  return {files, ...(isTold ? {triggers: ['activate-noawait update-initramfs']} : {})};
}

/** dh_installgsettings(1) */
function gsettings(context: ContentContext): BuildOptions {
  const files = callsOf(context, 'dh_installgsettings').flatMap((call) => {
    const name = `${call.options.get('priority')?.at(-1) ?? '10'}_${context.package}.gschema.override`;
    return fileFor(context, {call, extension: 'gsettings-override'}).map((source) =>
      packed(source, `/usr/share/glib-2.0/schemas/${name}`),
    );
  });
  return {files, ...(files.length > 0 ? {depends: ['dconf-gsettings-backend | gsettings-backend']} : {})};
}

/** dh_apport(1), which comes with its own addon: without it nothing reads the file. */
const apport = (context: ContentContext): Files =>
  callsOf(context, 'dh_apport', hasAddon(context, 'apport')).flatMap((call) =>
    fileFor(context, {call, extension: 'apport'}).map((source) =>
      packed(source, `/usr/share/apport/package-hooks/${context.package}.py`),
    ),
  );

/** dh_installinit(1) before compat level 12; then it refuses them. */
const upstart = (context: ContentContext): Files =>
  callsOf(context, 'dh_installinit')
    .filter(({options}) => context.compat < 12 && !options.has('onlyscripts'))
    .flatMap((call) =>
      fileFor(context, {call, extension: 'upstart'}).map((source) =>
        packed(source, `/etc/init/${nameOf(call) ?? context.package}.conf`),
      ),
    );
