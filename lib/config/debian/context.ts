import type {ListContext} from './lists.js';
import type {DebianRules} from './rules.js';
import {type Call, DEFAULT_CALL} from './units.js';

/** One binary package and where its files are looked for. */
export interface ContentContext extends ListContext {
  readonly package: string;
  readonly isFirst: boolean;
  readonly rules: DebianRules;
  /** Files of debian/ that the configuration replaces. */
  readonly ignored: (path: string) => boolean;
}

/**
 * Calls of a program for a package: those of debian/rules, and the one of dh unless an override stands for it.
 *
 * @param inSequence false where dh does not run it at this compat level or without an addon
 */
export function callsOf(
  {rules, package: owner}: Pick<ContentContext, 'rules' | 'package'>,
  tool: string,
  inSequence = true,
): readonly Call[] {
  const applies = ({options}: Call) => {
    const [only, but] = [options.get('package') ?? [], options.get('no-package') ?? []];
    return (only.length === 0 || only.includes(owner)) && !but.includes(owner);
  };
  const own = rules.calls.filter((call) => call.tool === tool);
  return [...(rules.overridden.has(tool) || !inSequence ? [] : [DEFAULT_CALL]), ...own].filter(applies);
}

/** What `--name` says, the last time. */
export const nameOf = ({options}: Call): string | undefined => options.get('name')?.at(-1);

export const hasAddon = ({rules}: Pick<ContentContext, 'rules'>, addon: string): boolean =>
  rules.dh?.addons.includes(addon) ?? false;

/** The file of a package for an extension, unless the configuration replaces it. */
export function fileOf(context: ContentContext, extension: string, name?: string): string | undefined {
  const {folder, isFirst, package: owner} = context;
  const found = folder.find(extension, {package: owner, isFirst, name});
  return found === undefined || context.ignored(found) ? undefined : found;
}
