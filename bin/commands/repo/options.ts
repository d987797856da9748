import {Option} from 'commander';

/** Options that several commands of `repo` have. */
export const repository = (): Option =>
  new Option('--repository <folder>', 'Folder of the repository').default('.');

export const suite = (otherwise: string): Option =>
  new Option('--suite <name>', `Suite of the repository (default: ${otherwise})`);

/** Values of an option that is given once with commas, or several times. */
export const words = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...text.split(',').filter((word) => word !== ''),
];
