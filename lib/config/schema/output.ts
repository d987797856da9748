import {z} from 'zod';
import {line} from './common.js';

/** Where the package is written, and how. */
export const outputOptions = {
  out: line().default('deb_dist').meta({
    description: 'Folder that the package is written to; the default is below the working folder.',
    path: 'path',
    example: '/srv/incoming',
  }),
  compression: z.enum(['xz', 'gzip', 'zstd', 'none']).default('xz').meta({
    description: 'Compression of the package. zstd needs dpkg 1.21.18 on Debian, any other goes everywhere.',
    spec: 'deb(5)',
    example: 'zstd',
  }),
  compressionLevel: z
    .int({error: 'is not a whole number'})
    .min(0, {error: 'is less than 0'})
    .max(22, {error: 'is more than 22'})
    .optional()
    .meta({
      description: 'Effort of the compression.',
      otherwise: '6 for xz, 9 for gzip, 19 for zstd',
      form: 'a whole number: 0 to 9 for xz, 1 to 9 for gzip, 1 to 22 for zstd',
      example: 3,
    }),
  sourceDateEpoch: z
    .int({error: 'is not a whole number'})
    .min(0, {error: 'is before 1970'})
    .max(2 ** 33 - 1, {error: 'is after the last second that dpkg reads'})
    .optional()
    .meta({
      description: 'Time that every file of the package gets.',
      otherwise:
        'SOURCE_DATE_EPOCH, else the newest entry of a Debian changelog, else the last commit, else the newest day in a Markdown changelog or the newest member of the sdist or wheel',
      unit: 'seconds since 1970',
      form: 'a whole number of seconds since 1970',
      spec: 'reproducible-builds.org, SOURCE_DATE_EPOCH',
      example: 1700000000,
    }),
  workDir: line().optional().meta({
    description: 'Folder that temporary files are made in.',
    otherwise: 'the folder for temporary files of the system',
    path: 'path',
    example: '/var/tmp',
  }),
  keepWork: z.boolean().default(false).meta({
    description: 'Keep the temporary folder, also after a success.',
    example: true,
  }),
};
