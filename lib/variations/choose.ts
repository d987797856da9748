import {VARIATIONS, type VariationName} from './names.js';
import type {Changes, Facts} from './turn.js';
import {NOTHING, TURNS} from './turns.js';

/** One thing that may differ between two builds. */
export interface VariationReport {
  readonly name: VariationName;
  /** What it was for the second build; undefined when it was not varied. */
  readonly value?: string;
  /** Why it was not varied. */
  readonly why?: string;
}

/** What can be varied on this machine: one after the other, so that any part of it can be put together. */
export interface Varied {
  readonly reports: readonly VariationReport[];
  readonly changes: ReadonlyMap<VariationName, Changes>;
}

/** Decide what can be varied on this machine, and say what cannot. */
export async function chooseVariations(facts: Facts): Promise<Varied> {
  const reports: VariationReport[] = [];
  const changes = new Map<VariationName, Changes>();
  for (const name of VARIATIONS) {
    const turn = facts.wanted.has(name) ? await TURNS[name](facts) : {why: 'switched off'};
    if ('why' in turn) {
      reports.push({name, why: turn.why});
      continue;
    }
    const {value, ...change} = turn;
    reports.push({name, value});
    changes.set(name, change);
  }
  return {reports, changes};
}

/** Changes of several variations at once. */
export function combine({changes}: Varied, names: Iterable<VariationName>): Changes {
  const wanted = new Set(names);
  let all: Changes = NOTHING;
  for (const [name, one] of changes) {
    if (!wanted.has(name)) continue;
    all = {
      ...all,
      ...one,
      environment: {...all.environment, ...one.environment},
      injected: {...all.injected, ...one.injected},
      launcher: [...(all.launcher ?? []), ...(one.launcher ?? [])],
    };
  }
  return all;
}
