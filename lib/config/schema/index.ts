import {z} from 'zod';
import {contentOptions} from './content.js';
import {debianOptions} from './debian.js';
import {existingOptions} from './existing.js';
import {outputOptions} from './output.js';
import {packageOptions} from './package.js';
import {paperOptions} from './papers.js';
import {pythonOptions} from './python.js';
import {releaseSchema} from './release.js';
import {systemOptions} from './system.js';

/** Headings of the documentation and the help, with the options that stand below each. */
export const optionGroups = {
  Package: packageOptions,
  Python: pythonOptions,
  Content: contentOptions,
  System: systemOptions,
  Debian: debianOptions,
  Papers: paperOptions,
  'Existing debian folder': existingOptions,
  Output: outputOptions,
} as const;

/** The one definition of every option; types, defaults, documentation, JSON schema and flags derive from it. */
export const optionsSchema = z.strictObject({
  ...packageOptions,
  ...pythonOptions,
  ...contentOptions,
  ...systemOptions,
  ...debianOptions,
  ...paperOptions,
  ...existingOptions,
  ...outputOptions,
});

/** What a configuration file may hold: options of a build, and how releases are made, which no build reads. */
export const fileSchema = optionsSchema.extend({
  release: releaseSchema.optional().meta({description: 'How releases are made.'}),
});

/** What can be said: every option may be left out. */
export type BuildOptions = z.input<typeof optionsSchema>;

/** Options after validation, with every static default filled in. */
export type ParsedOptions = z.output<typeof optionsSchema>;
