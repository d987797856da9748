import {z} from 'zod';
import {line, lineThat} from './common.js';

/** What tells where the package comes from: its documents, and the files that a repository wants beside it. */
export const paperOptions = {
  changelog: line().optional().meta({
    description:
      'Changelog of the package: a Debian changelog, or a Markdown file (named `.md`) with a heading for each version.',
    otherwise: 'one entry for this version',
    path: 'path',
    spec: 'deb-changelog(5), Debian Policy 12.7',
    example: 'CHANGELOG.md',
  }),
  copyright: line().optional().meta({
    description: 'Copyright file of the package.',
    otherwise: 'made from the metadata and licence files of every distribution in it',
    path: 'path',
    spec: 'Debian Policy 12.5, copyright-format 1.0',
    example: 'debian/copyright',
  }),
  distribution: lineThat((text) => /^[A-Za-z0-9][A-Za-z0-9.+-]*$/.test(text), 'the name of a distribution')
    .optional()
    .meta({
      description: 'Distribution that the package is for, as changelog and `.changes` name it.',
      otherwise: 'that of the Debian changelog, else unstable',
      form: 'a name such as bookworm',
      spec: 'deb-changes(5)',
      example: 'bookworm',
    }),
  changes: z.boolean().default(false).meta({
    description:
      'Write a `.changes` file beside the package, for dput, reprepro and aptly; it is not signed.',
    spec: 'deb-changes(5)',
    example: true,
  }),
  buildinfo: z.boolean().default(false).meta({
    description: 'Write a `.buildinfo` file beside the package, which tells what it was built with.',
    spec: 'deb-buildinfo(5)',
    example: true,
  }),
  sbom: z.enum(['none', 'beside', 'inside', 'both']).default('none').meta({
    description:
      'Bill of materials (CycloneDX, JSON): beside the package, inside of it in `/usr/share/doc/PACKAGE`, or both.',
    spec: 'CycloneDX 1.6',
    example: 'beside',
  }),
};
