/**
 * The second build of `verify`: a process of its own, because umask and user are among the things that vary. Reads
 * its request from a file and writes the path of the package, or why there is none, to another.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {type BuildOptions, build} from '../build.js';
import {MkvenvdebError} from '../errors.js';
import type {Variation} from '../stage.js';

/** What the second build is told. */
export interface VerifyRequest {
  readonly options: BuildOptions;
  readonly variation: Variation;
  /** @default that of the caller */
  readonly umask?: number | undefined;
  /** Whom it runs as. @default the caller */
  readonly user?: {readonly uid: number; readonly gid: number} | undefined;
}

/** What it answers. */
export type VerifyAnswer =
  | {readonly files: readonly string[]}
  | {
      readonly error: {
        readonly message: string;
        readonly hint?: string | undefined;
        readonly output?: string;
      };
    };

const [, , request = '', answer = ''] = process.argv;
const {options, variation, umask, user} = JSON.parse(await readFile(request, 'utf8')) as VerifyRequest;
if (umask !== undefined) process.umask(umask);
if (user !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
}
const reply = (content: VerifyAnswer) => writeFile(answer, JSON.stringify(content));
try {
  const {packages} = await build(
    {...options, report: (event) => console.log(JSON.stringify(event))},
    variation,
  );
  await reply({files: packages.map(({file}) => file)});
} catch (error) {
  if (!(error instanceof MkvenvdebError)) throw error;
  const {message, hint} = error;
  await reply({error: {message, hint, ...('output' in error ? {output: String(error.output)} : {})}});
  process.exitCode = 1;
}
