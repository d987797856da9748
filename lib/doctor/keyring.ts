import type {Config} from '../config/types.js';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {withKeyring} from '../python/keyring.js';
import {ok, type Raw} from './finding.js';

/** Whether the keyring has what an index asks for, and the configuration with it; nothing to tell where it is not used. */
export async function examineKeyring(
  config: Config,
  caller: Caller,
): Promise<{readonly config: Config; readonly findings: readonly Raw[]}> {
  if (!config.keyring) return {config, findings: []};
  try {
    const opened = await withKeyring(config, caller);
    const found = opened === config ? 'not asked: no URL names a user alone' : 'has the passwords';
    return {config: opened, findings: [ok('keyring', found)]};
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const {message: found, hint} = error;
    const cure = found.startsWith('Program not found') ? {packages: ['python3-keyring']} : {hint};
    const meaning = 'an index that wants a password lets nobody in';
    return {config, findings: [{subject: 'keyring', state: 'error', found, meaning, ...cure}]};
  }
}
