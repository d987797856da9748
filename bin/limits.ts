import {type Command, InvalidArgumentError, Option} from 'commander';
import type {ReadLimits} from '../lib/index.js';

const FACTORS: Readonly<Record<string, number>> = {
  ...{B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12},
  ...{KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40},
};

/** Bytes out of what people write: `20GB`, `1.5 GiB`, `4096`, `unlimited`. */
export function parseSize(text: string): number {
  if (text === 'unlimited') return Infinity;
  const [, number, unit = 'B'] = /^(\d+(?:\.\d+)?) ?([a-z]+)?$/i.exec(text) ?? [];
  const factor = FACTORS[unit.toUpperCase()];
  if (number === undefined || factor === undefined)
    throw new InvalidArgumentError('Give a size such as 20GB, 500MiB or unlimited');
  return Math.floor(Number(number) * factor);
}

function parseCount(text: string): number {
  if (text === 'unlimited') return Infinity;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number or unlimited');
  return Number(text);
}

/** Give a command that reads packages the flags for its limits; the function returned reads what was said. */
export function addLimits(command: Command): () => ReadLimits {
  const flags = [
    new Option(
      '--limit-size <size>',
      'Most that the package may unpack to: 20GB, unlimited (default: 256 MB and 100 times its size)',
    ).argParser(parseSize),
    new Option(
      '--limit-control <size>',
      'Most that its control archive may unpack to (default: 64 MiB)',
    ).argParser(parseSize),
    new Option('--limit-members <n>', 'Most members that it may have (default: 500000)').argParser(
      parseCount,
    ),
  ];
  for (const flag of flags) command.addOption(flag.helpGroup('Limits:'));
  return () => {
    const {limitSize, limitControl, limitMembers} = command.opts<Record<string, number | undefined>>();
    return {unpackedSize: limitSize, controlSize: limitControl, members: limitMembers};
  };
}
