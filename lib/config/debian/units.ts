import {basename} from 'node:path';
import type {DebianFolder} from './folder.js';
import type {ToolCall} from './rules.js';

/** A unit as the option `systemd` takes it. */
export interface Unit {
  readonly source: string;
  readonly name: string;
  readonly enable: boolean;
  readonly start: boolean;
  readonly restart: boolean | 'stop';
}

/** A call of a program, or what dh runs by default. */
export type Call = Pick<ToolCall, 'options' | 'words'>;
export const DEFAULT_CALL: Call = {options: new Map(), words: []};

export interface UnitsContext {
  readonly folder: DebianFolder;
  readonly package: string;
  readonly isFirst: boolean;
  readonly compat: number;
  /** Calls that install and handle units, in their order. */
  readonly calls: readonly Call[];
  /** Units that `.install` files bring, by their paths in the project. */
  readonly installed: readonly string[];
  /** Whose manager they are for. @default that of the system */
  readonly manager?: 'system' | 'user';
}

const TYPES = ['service', 'target', 'socket', 'path', 'timer', 'mount'];
/** dh_installsystemduser(1) knows one less. */
const TYPES_OF = {system: TYPES, user: TYPES.filter((type) => type !== 'mount')} as const;
const nameOf = ({options}: Call): string | undefined => options.get('name')?.at(-1);

/** The units of a package and what dh_installsystemd does with each; a template is only put into its place. */
export function unitsOf(context: UnitsContext): readonly Unit[] {
  const {calls, installed, compat} = context;
  const found = new Map<string, string>();
  for (const path of installed) found.set(basename(path), path);
  for (const call of calls) for (const [name, path] of filesOf(call, context)) found.set(name, path);
  return [...found].map(([name, source]) => {
    const acting = calls.filter((call) => !call.options.has('noscripts') && handles(call, name));
    return {source, name, ...behaviour(acting, compat)};
  });
}

function filesOf(
  call: Call,
  {folder, package: owner, isFirst, manager = 'system'}: UnitsContext,
): (readonly [string, string])[] {
  if (call.options.has('onlyscripts')) return [];
  const name = nameOf(call);
  return TYPES_OF[manager].flatMap((type) =>
    ['', '@'].flatMap((template) => {
      const extension = manager === 'user' ? `user.${type}` : type;
      const path = folder.find(extension, {
        package: owner + template,
        isFirst: isFirst && template === '',
        name,
      });
      return path === undefined ? [] : [[`${name ?? owner}${template}.${type}`, path] as const];
    }),
  );
}

/** The units that a call names; those of its `--name`; without both, all. */
function handles({options, words}: Call, unit: string): boolean {
  if ((options.get('exclude') ?? []).includes(unit)) return false;
  if (words.length > 0) return words.some((word) => basename(word) === unit);
  const name = options.get('name')?.at(-1);
  return name === undefined || TYPES.some((type) => unit === `${name}.${type}`);
}

/** dh_installsystemd(1), from the last call that handles the unit; without one, nothing is done to it. */
function behaviour(calls: readonly Call[], compat: number): Pick<Unit, 'enable' | 'start' | 'restart'> {
  const call = calls.at(-1);
  if (!call) return {enable: false, start: false, restart: false};
  const {options} = call;
  const restart = upgradeBehaviour(call, compat >= 10);
  return {enable: !options.has('no-enable'), start: !options.has('no-start'), restart};
}

/** What an upgrade does by the options of dh_installsystemd(1) and dh_installinit(1); `restarts` is their default. */
export function upgradeBehaviour({options}: Call, restarts: boolean): Unit['restart'] {
  if (options.has('restart-after-upgrade')) return true;
  if (options.has('no-restart-on-upgrade')) return false;
  if (restarts && !options.has('no-restart-after-upgrade')) return true;
  // What is not started is not stopped for an upgrade either.
  return options.has('no-start') ? false : 'stop';
}
