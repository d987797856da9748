import type {BuildOptions} from '../schema/index.js';
import type {BehindCall} from './archive.js';

/** They are so in any case: what cannot be told is a warning, debug output does not matter. */
const WITHOUT_EFFECT = /^(?:--ignore-missing-info|--warnings=\d+|-v+|--admindir=.*|-l.*)$/;

/** dh_shlibdeps(1): files that `-X` names by a part of their path are not looked at; without a call, none is. */
export function libraryValues(
  calls: readonly BehindCall[],
  problem: (text: string, hint?: string) => void,
): BuildOptions {
  for (const word of calls.flatMap(({rest = []}) => rest)) {
    if (!WITHOUT_EFFECT.test(word)) problem(`debian/rules: Not understood: dh_shlibdeps -- ${word}`);
  }
  const parts = calls.flatMap(({options}) => options.get('exclude') ?? []);
  if (calls.length === 0) return {shlibs: false};
  return parts.length === 0 ? {} : {shlibs: {exclude: parts.map((part) => `/**${part}**`)}};
}
