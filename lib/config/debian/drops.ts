import {jobName} from '../../formats/names.js';
import {parseStanzas} from '../../formats/stanza.js';
import type {BuildOptions} from '../schema/index.js';
import {completions} from './completions.js';
import {type ContentContext, callsOf, fileOf, nameOf} from './context.js';
import {initScripts} from './init-scripts.js';
import {placedFiles} from './places.js';

/** Options that come from single files with a place of their own. */
export type Dropped = BuildOptions;

/** Program, extension, option, and how the file is called on the server. */
const DROPS = [
  ['dh_installinit', 'default', 'default', (name: string) => name],
  ['dh_installlogrotate', 'logrotate', 'logrotate', (name: string) => name],
  ['dh_installpam', 'pam', 'pam', (name: string) => name],
  ['dh_installudev', 'udev', 'udev', (name: string, priority: string) => `${priority}-${name}.rules`],
  ['dh_installtmpfiles', 'tmpfiles', 'tmpfiles', (name: string) => `${name}.conf`],
  ['dh_installtmpfiles', 'tmpfile', 'tmpfiles', (name: string) => `${name}.conf`],
  ['dh_installsysusers', 'sysusers', 'sysusers', (name: string) => `${name}.conf`],
] as const;

const CRON = ['d', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'] as const;

/** Files of debian/ that go to one place each, and those that dpkg itself reads. */
export function dropValues(context: ContentContext): Dropped {
  const values: Dropped = {};
  for (const [tool, extension, option, place] of DROPS) {
    for (const call of callsOf(context, tool)) {
      const name = nameOf(call);
      const source = fileOf(context, extension, name);
      if (source === undefined) continue;
      const priority = call.options.get('priority')?.at(-1) ?? '60';
      const drop = {source, name: place(name ?? context.package, priority)};
      values[option] = [...(values[option] ?? []), drop];
    }
  }
  const cron = cronJobs(context);
  const {init = [], files: inactive = []} = initScripts(context);
  const {files = [], triggers = [], ...more} = placedFiles(context);
  const {triggers: own = [], ...dpkg} = dpkgFiles(context);
  return {
    ...values,
    ...(cron.length === 0 ? {} : {cron}),
    ...(init.length === 0 ? {} : {init}),
    ...single(context),
    ...dpkg,
    ...(own.length + triggers.length === 0 ? {} : {triggers: [...own, ...triggers]}),
    ...more,
    files: [...readmes(context), ...inactive, ...files, ...completions(context)],
  };
}

function cronJobs(context: ContentContext): NonNullable<BuildOptions['cron']> {
  return callsOf(context, 'dh_installcron').flatMap((call) => {
    const name = nameOf(call);
    return CRON.flatMap((when) => {
      const source = fileOf(context, `cron.${when}`, name);
      return source === undefined ? [] : [{source, when, name: jobName(name ?? context.package)}];
    });
  });
}

/** dh_installdocs(1) takes these without being told. */
function readmes(context: ContentContext): NonNullable<BuildOptions['files']> {
  if (callsOf(context, 'dh_installdocs').length === 0) return [];
  return ['README.Debian', 'README.debian', 'TODO'].flatMap((extension) => {
    const source = fileOf(context, extension);
    if (source === undefined) return [];
    const name = extension.replace('debian', 'Debian');
    return [{source, target: `/usr/share/doc/${context.package}/${name}`, mode: '0644'}];
  });
}

function single(context: ContentContext): BuildOptions {
  const runs = (tool: string) => callsOf(context, tool).length > 0;
  const news = runs('dh_installchangelogs') ? fileOf(context, 'NEWS') : undefined;
  const overrides = runs('dh_lintian') ? fileOf(context, 'lintian-overrides') : undefined;
  const asks = runs('dh_installdebconf');
  const [config, templates] = asks ? [fileOf(context, 'config'), fileOf(context, 'templates')] : [];
  const debconf = {...(config ? {config} : {}), ...(templates ? {templates} : {})};
  return {
    ...(news === undefined ? {} : {news}),
    ...(overrides === undefined ? {} : {lintianOverrides: [overrides]}),
    ...(config || templates ? {debconf} : {}),
  };
}

/** What dh_installdeb puts into the control archive. */
function dpkgFiles(context: ContentContext): BuildOptions {
  const lines = (extension: string): readonly string[] => {
    const source = fileOf(context, extension);
    const text = source === undefined ? '' : context.folder.read(source);
    return text
      .split(/\r?\n/)
      .map((line) => line.replace(/(?:^|\s)#.*/s, '').trim())
      .filter((line) => line !== '');
  };
  const [triggers, maintscript, conffiles] = ['triggers', 'maintscript', 'conffiles'].map(lines);
  const scripts = SCRIPTS.flatMap((name) => {
    const source = fileOf(context, name);
    return source === undefined ? [] : [[name, source] as const];
  });
  const alternatives = callsOf(context, 'dh_installalternatives').length > 0 ? alternativesOf(context) : [];
  return {
    ...(triggers?.length ? {triggers: [...triggers]} : {}),
    ...(maintscript?.length ? {maintscript: [...maintscript]} : {}),
    ...(conffiles?.length ? {conffiles: [...conffiles]} : {}),
    ...(scripts.length > 0 ? {scripts: Object.fromEntries(scripts)} : {}),
    ...(alternatives.length > 0 ? {alternatives} : {}),
  };
}

/** dh_installalternatives(1): stanzas of Name, Link, Alternative, Priority and Dependents. */
function alternativesOf(context: ContentContext): NonNullable<BuildOptions['alternatives']> {
  const source = fileOf(context, 'alternatives');
  if (source === undefined) return [];
  return parseStanzas(context.folder.read(source), source).map((stanza) => {
    const field = (name: string) => stanza.get(name) ?? '';
    const dependents = field('Dependents')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words.length === 3)
      .map(([link = '', name = '', path = '']) => ({name, link, path}));
    return {
      name: field('Name'),
      link: field('Link'),
      path: field('Alternative'),
      priority: Number(field('Priority') || Number.NaN),
      dependents,
    };
  });
}
