import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {ioError} from '../errors.js';
import {assertTemplates} from './check-templates.js';
import {readTemplates} from './debconf-templates.js';
import {mergeParts} from './merge.js';
import {type MaintainerScripts, readScript} from './scripts.js';
import {dhVirtualenvParts} from './snippets/dh-virtualenv.js';
import {directoriesPart, type OwnedDirectory} from './snippets/directories.js';
import {type Alternative, alternativesPart, debconfPart, maintscriptPart} from './snippets/dpkg.js';
import {type InitScript, initPart} from './snippets/init.js';
import {prefixPart} from './snippets/prefix.js';
import type {Part} from './snippets/shell.js';
import {sysusersPart, tmpfilesPart} from './snippets/system-files.js';
import {systemdPart, systemdUserPart, type Unit} from './snippets/systemd.js';
import {ucfPart} from './snippets/ucf.js';
import {type SystemUser, userPart} from './snippets/user.js';

interface Drop {
  readonly source: string;
  readonly name?: string | undefined;
}

/** Options that become lines of maintainer scripts or members of the control archive. */
export interface SideOptions {
  readonly user?: (Omit<SystemUser, 'group' | 'home'> & {group?: string; home?: string}) | undefined;
  readonly directories: readonly OwnedDirectory[];
  readonly systemd: readonly (Drop & Omit<Unit, 'name' | 'installable'>)[];
  readonly systemdUser: readonly (Drop & Pick<Unit, 'enable'>)[];
  readonly init: readonly (Drop & Omit<InitScript, 'name'>)[];
  readonly sysusers: readonly Drop[];
  readonly tmpfiles: readonly Drop[];
  readonly purge: 'keep' | 'delete';
  readonly alternatives: readonly Alternative[];
  readonly triggers: readonly string[];
  /** Configuration file and packed file. */
  readonly ucf: Readonly<Record<string, string>>;
  readonly debconf: {readonly config?: string | undefined; readonly templates?: string | undefined};
  readonly maintscript: readonly string[];
}

type UserUnit = Pick<Unit, 'name' | 'installable' | 'enable'>;

/** The same with what the files say. */
export interface Side extends Omit<SideOptions, 'systemd' | 'systemdUser' | 'debconf'> {
  readonly units: readonly Unit[];
  readonly userUnits: readonly UserUnit[];
  /** Texts of the two files that debconf reads. */
  readonly debconf: {readonly config?: string; readonly templates?: string};
}

export interface SideNames {
  readonly package: string;
  /** Where the virtualenv lives; undefined for a package without one. */
  readonly prefix?: string | undefined;
}

/** What the Debian side adds to a package beside files. */
export interface SideResult {
  readonly scripts: MaintainerScripts;
  /** Texts of further members of the control archive, by their names. */
  readonly members: Readonly<Record<string, string>>;
  readonly depends: readonly string[];
  /** What found no place, for warnings. */
  readonly homeless: readonly string[];
}

/**
 * Read what the options name, and see that the scripts have a place for what comes of it.
 *
 * @throws E_PAYLOAD for a script of debconf that cannot run, and for a maintainer script without place; E_IO
 */
export async function readSide(options: SideOptions, scripts: MaintainerScripts): Promise<Side> {
  const {systemd, systemdUser, debconf, ...rest} = options;
  const units = await Promise.all(systemd.map((unit) => readUnit(unit)));
  const userUnits = await Promise.all(systemdUser.map((unit) => readUnit(unit)));
  const config = debconf.config === undefined ? undefined : await readScript('config', debconf.config);
  const templates = debconf.templates === undefined ? undefined : await readTemplates(debconf.templates);
  if (templates !== undefined) assertTemplates(templates, debconf.templates ?? '');
  const side = {
    ...rest,
    units,
    userUnits,
    debconf: {...(config === undefined ? {} : {config}), ...(templates === undefined ? {} : {templates})},
  };
  assembleSide(side, scripts, {package: 'x', prefix: '/opt/x'});
  return side;
}

async function readUnit<T extends object>({
  source,
  name = basename(source),
  ...unit
}: T & Drop): Promise<Omit<T & Drop, 'source' | 'name'> & Pick<Unit, 'name' | 'installable'>> {
  return {...unit, name, installable: /^[ \t]*\[Install\][ \t]*$/m.test(await readText(source))};
}

async function readText(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    return text.endsWith('\n') ? text : `${text}\n`;
  } catch (error) {
    throw ioError(error, 'reading the files of the Debian side');
  }
}

/** Put the parts of the Debian side together, in the order in which they need each other. */
export function assembleSide(side: Side, scripts: MaintainerScripts, names: SideNames): SideResult {
  const {package: packageName, prefix} = names;
  const variables = prefix === undefined ? undefined : dhVirtualenvParts(scripts, {packageName, prefix});
  const parts = [...(variables?.first ?? []), ...partsOf(side, names), ...(variables?.last ?? [])];
  const {triggers, debconf} = side;
  const {config, templates} = debconf;
  return {
    ...mergeParts(scripts, parts),
    members: {
      ...(triggers.length === 0 ? {} : {triggers: triggers.map((line) => `${line}\n`).join('')}),
      ...(config === undefined ? {} : {config}),
      ...(templates === undefined ? {} : {templates}),
    },
    depends: parts.flatMap(({depends = []}) => depends),
  };
}

/** Accounts before the folders that they own, both before what runs; removal goes the other way round. */
function partsOf(side: Side, {package: packageName, prefix}: SideNames): readonly Part[] {
  const {user, directories, sysusers, tmpfiles, alternatives, maintscript, purge, debconf} = side;
  const {units, userUnits, init, ucf} = side;
  const named = (drops: readonly Drop[]) => drops.map(({name = `${packageName}.conf`}) => name);
  const asks = Object.keys(debconf).length > 0;
  return [
    // Last in postrm: from there on, what the script prints goes to debconf.
    ...(asks ? [debconfPart()] : []),
    ...(maintscript.length > 0 ? [maintscriptPart(maintscript)] : []),
    ...(user ? [userPart({group: user.name, home: prefix ?? '/nonexistent', ...user})] : []),
    ...(sysusers.length > 0 ? [sysusersPart(named(sysusers))] : []),
    ...(directories.length > 0 ? [directoriesPart(directories, packageName)] : []),
    ...(prefix === undefined ? [] : [prefixPart({prefix, packageName, purge})]),
    ...(Object.keys(ucf).length > 0 ? [ucfPart(ucf, packageName)] : []),
    ...(tmpfiles.length > 0 ? [tmpfilesPart(named(tmpfiles))] : []),
    ...(alternatives.length > 0 ? [alternativesPart(alternatives)] : []),
    // It makes systemd read everything again, which tells a script from the unit in its place.
    ...(init.length > 0 ? [initPart(init.map((one) => ({...one, name: one.name ?? packageName})))] : []),
    ...(units.length > 0 ? [systemdPart(units)] : []),
    ...(userUnits.length > 0 ? [systemdUserPart(userUnits)] : []),
  ];
}
