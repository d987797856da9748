import {assertTexts} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import type {SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, suiteOf, withRepository, writing} from './repository.js';
import {type GivenKeys, SETTINGS_FILE, settingsBytes, signingKeys} from './settings.js';
import {assertSigns, openSigner, type Signer} from './sign.js';
import {publishSuite, readSuite} from './suite.js';
import {suiteFiles} from './suite-files.js';

/** With keys, they are the repository's from now on: give the old and the new for a while, then the new alone. */
export interface ResignAptOptions extends RepositoryOptions, GivenKeys, Context {
  /** @default all of them */
  readonly suite?: string | undefined;
}

/** A suite that was signed again. */
export interface ResignedSuite {
  readonly suite: string;
  /** Of the index, in seconds since 1970. */
  readonly date: number;
  /** Until when clients believe it; undefined for ever. */
  readonly validUntil?: number | undefined;
}

/**
 * Sign what is published again: for how long it is believed begins anew, and other keys may take over.
 *
 * @throws E_OPTION for keys that cannot sign, or new ones for one suite only; E_FORMAT for a suite that is damaged;
 *   E_IO; the signal's reason
 */
export async function resignApt(options: ResignAptOptions): Promise<readonly ResignedSuite[]> {
  return withRepository(options, async (repository, caller) => {
    const {root, storage} = repository;
    const changesKeys = options.gpgKeys !== undefined || options.keyFiles !== undefined;
    if (changesKeys && options.suite !== undefined) {
      throw new MkvenvdebError('E_OPTION', 'Keys are those of all suites', {hint: 'Leave the suite out'});
    }
    for (const [index, name] of [...(options.gpgKeys ?? []), ...(options.keyFiles ?? [])].entries())
      assertTexts({[`key ${index + 1}`]: name});
    const settings = changesKeys
      ? {...repository.settings, keys: signingKeys(root, caller.cwd, options)}
      : repository.settings;
    const {suites} = settings;
    const wanted = options.suite === undefined ? suites : [suiteOf(settings, options.suite)];
    const signer = changesKeys ? await openSigner(settings, caller) : await repository.signer();
    if (changesKeys) await assertSigns(signer); // what is wrong with them is told before anything is written
    return writing(repository, options, caller, async () => {
      const signed: ResignedSuite[] = [];
      for (const {suite} of wanted)
        signed.push(await resign(repository, signer, suiteOf(settings, suite), caller));
      // Last: who breaks off in between has to ask for it again, and can.
      if (changesKeys) await storage.replace(SETTINGS_FILE, settingsBytes(settings));
      await storage.sync();
      return signed;
    });
  });
}

async function resign(
  repository: Repository,
  signer: Signer,
  facts: SuiteFacts,
  {signal}: Context,
): Promise<ResignedSuite> {
  const {storage} = repository;
  const before = await readSuite(storage, facts.suite);
  if (before === undefined) {
    throw new MkvenvdebError('E_FORMAT', `Suite is not published: ${facts.suite}`, {
      hint: 'Run mkvenvdeb repo check --repair',
    });
  }
  const {date} = await publishSuite(storage, signer, {
    facts,
    before,
    ...(await suiteFiles(repository, before, facts, {signal})),
    signal,
  });
  return {
    suite: facts.suite,
    date,
    ...(facts.validFor === undefined ? {} : {validUntil: date + facts.validFor}),
  };
}
