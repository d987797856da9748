import {join} from 'node:path';
import {execa} from 'execa';
import {CommandError} from '../../lib/errors.js';
import {pip} from '../../lib/python/workspace.js';
import {CALLER, CPYTHON, testWorkspace} from './python.js';

/** The index that this machine's pip is configured for; undefined: pip's own default. */
async function configuredIndex(program: string): Promise<string | undefined> {
  const {stdout} = await execa(CPYTHON, [program, 'config', 'list'], {reject: false});
  return [...stdout.matchAll(/^\S+\.index-url='(.*)'$/gm)].at(-1)?.[1];
}

/** A package index that answers, or why there is none; asked by downloading a requirement of a few kilobytes. */
export async function packageIndex(
  folder: string,
  requirement: string,
): Promise<{readonly indexUrl?: string} | string> {
  const environment = {caller: {...CALLER, ...process.env}, epoch: 0, pass: [], set: {}};
  const workspace = await testWorkspace(folder, CPYTHON, {environment, index: {noIndex: false}});
  const indexUrl = await configuredIndex(join(workspace.pip.folder, 'pip'));
  const index = indexUrl === undefined ? [] : ['--index-url', indexUrl];
  try {
    await pip(workspace, CPYTHON, ['download', '--no-deps', '--dest', folder, ...index, requirement]);
    return indexUrl === undefined ? {} : {indexUrl};
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `no package index answers: ${error.output.split('\n').at(-1)}`;
  }
}
