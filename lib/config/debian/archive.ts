import type {BuildOptions} from '../schema/index.js';
import type {Call} from './units.js';

/** What is behind `--` of dh_gencontrol and dh_builddeb. */
export type BehindCall = Call & {readonly rest?: readonly string[]};

export interface GencontrolValues {
  readonly version?: string;
  readonly variables: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
  /** Options that have no counterpart. */
  readonly refused: readonly string[];
}

/** dpkg-gencontrol(1), as `dh_gencontrol -- …` passes it on. */
export function gencontrolValues(calls: readonly BehindCall[]): GencontrolValues {
  const values = {
    variables: new Map<string, string>(),
    fields: new Map<string, string>(),
    removed: [] as string[],
    refused: [] as string[],
  };
  let version: string | undefined;
  for (const word of calls.flatMap(({rest = []}) => rest)) {
    const [, letter, name = '', value] = /^-([vVDU])([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (letter === 'v' && value === undefined) version = name;
    else if (letter === 'V' && value !== undefined) values.variables.set(name, value);
    else if (letter === 'D' && value !== undefined) values.fields.set(name.toLowerCase(), value);
    else if (letter === 'U') values.removed.push(name.toLowerCase());
    else values.refused.push(word);
  }
  return {...values, ...(version === undefined ? {} : {version})};
}

const COMPRESSION = ['xz', 'gzip', 'zstd', 'none'] as const;
/** They choose what is always so here, or how much work the compressor does. */
const WITHOUT_EFFECT =
  /^(?:-S.*|--uniform-compression|--root-owner-group|--threads-max=.*|--nocheck|-v|--verbose)$/;

/** dpkg-deb(1), as `dh_builddeb -- …` passes it on. */
export function builddebValues(calls: readonly BehindCall[]): {
  readonly values: BuildOptions;
  readonly refused: readonly string[];
} {
  const values: BuildOptions = {};
  const refused: string[] = [];
  for (const word of calls.flatMap(({rest = []}) => rest)) {
    const [, letter, text = ''] = /^-([Zz])(.+)$/.exec(word) ?? [];
    const kind = COMPRESSION.find((one) => one === text);
    if (letter === 'Z' && kind) values.compression = kind;
    else if (letter === 'z' && /^\d+$/.test(text)) values.compressionLevel = Number(text);
    else if (!WITHOUT_EFFECT.test(word)) refused.push(word);
  }
  const out = calls.flatMap(({options}) => options.get('destdir') ?? []).at(-1);
  return {values: {...values, ...(out === undefined ? {} : {out})}, refused};
}
