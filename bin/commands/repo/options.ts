import {InvalidArgumentError, Option} from 'commander';

/** Options that several commands of `repo` have. */
export const repository = (): Option =>
  new Option('--repository <folder>', 'Folder of the repository').default('.');

export const suite = (otherwise: string): Option =>
  new Option('--suite <name>', `Suite of the repository (default: ${otherwise})`);

export const gpgKeys = (): Option =>
  new Option('--gpg-keys <fingerprints>', 'Keys of gpg that sign (repeatable)').argParser(words);

export const keyFiles = (): Option =>
  new Option(
    '--key-files <paths>',
    'Armoured secret keys that sign, in place of those of gpg (repeatable); MKVENVDEB_KEY_PASSPHRASE opens them',
  ).argParser(words);

/** Values of an option that is given once with commas, or several times. */
export const words = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...text.split(',').filter((word) => word !== ''),
];

/** A moment, in seconds since 1970, as people read it. */
export const utc = (moment: number): string => new Date(moment * 1000).toISOString().replace('.000Z', 'Z');

/** The other way round; seconds since 1970 are taken as well. */
export function seconds(text: string): number {
  const moment = /^\d{1,12}$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (Number.isSafeInteger(moment)) return moment;
  throw new InvalidArgumentError('Give it as 2026-11-27T17:44:06Z.');
}
