import {openAsBlob} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {answerText, type Fetch, whyFailed} from './fetch.js';
import {basicLogin, isThere} from './index-state.js';
import type {BuiltDistribution} from './read-distribution.js';
import {filePart, formParts, uploadFields} from './upload-form.js';

export interface UploadTarget {
  /** Where files are sent to. */
  readonly uploadUrl: string;
  /** Where the same index is asked for what it has (simple repository API). */
  readonly indexUrl: string;
  /** Empty where the index wants no account. */
  readonly username: string;
  readonly password: string;
  /** @default the platform's, which knows no proxies */
  readonly fetch?: Fetch | undefined;
  /** Pauses between tries, in milliseconds. @default 1 s, twice as long each time, five times */
  readonly pauses?: readonly number[] | undefined;
}

/** What became of a file: sent now, or there before with the same bytes. */
export type Upload = 'sent' | 'there';

const PAUSES = [1000, 2000, 4000, 8000, 16_000];
/** For the whole file, in milliseconds. */
const PATIENCE = 15 * 60_000;

/** What an answer means for the file. */
interface Answer {
  readonly verdict: 'done' | 'refused' | 'unclear';
  readonly why: string;
}

/**
 * Upload a file to a package index, once: what is there with the same bytes is done. After an answer that may mean
 * either, the index is asked before the file is sent again.
 *
 * @returns whether it had to be sent
 * @throws E_PUBLISH when the index has other bytes under the name, refuses the file or the account, or is still unclear
 *   after all tries; the signal's reason
 */
export async function uploadDistribution(
  distribution: BuiltDistribution,
  target: UploadTarget,
  context: Pick<Context, 'signal' | 'report'> = {},
): Promise<Upload> {
  const {signal, report} = context;
  if (await isThere(distribution, target, signal)) return 'there';
  const pauses = target.pauses ?? PAUSES;
  for (let turn = 0; ; turn += 1) {
    const answer = await send(distribution, target, signal);
    if (answer.verdict === 'done') return 'sent';
    const {filename} = distribution;
    if (answer.verdict === 'refused' && !(await isThere(distribution, target, signal))) {
      throw new MkvenvdebError('E_PUBLISH', `Package index refuses ${filename}: ${answer.why}`, {
        hint: hintFor(answer.why),
      });
    }
    if (answer.verdict === 'refused') return 'there';
    const pause = pauses[turn];
    if (pause === undefined)
      throw new MkvenvdebError('E_PUBLISH', `Package index does not take ${filename}: ${answer.why}`, {
        hint: 'Try again later: what is there already is not sent again',
      });
    report?.({
      type: 'warning',
      code: 'upload-unclear',
      message: `Package index does not say whether it took ${filename}: ${answer.why}; asking again`,
    });
    await sleep(pause, undefined, {signal}).catch(() => signal?.throwIfAborted());
    if (await isThere(distribution, target, signal)) return 'sent';
  }
}

const hintFor = (why: string): string =>
  /^40[13]\b/.test(why)
    ? 'Check the account: a token has the user name __token__'
    : 'The index says what is wrong with the file; a name that was used once cannot be used again';

async function send(
  distribution: BuiltDistribution,
  {uploadUrl, username, password, fetch = globalThis.fetch}: UploadTarget,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const {body, type} = await formOf(distribution);
  const limit = AbortSignal.timeout(PATIENCE);
  try {
    const answer = await fetch(uploadUrl, {
      method: 'POST',
      body,
      headers: {...basicLogin(username, password), 'Content-Type': type, Accept: 'text/plain, */*;q=0.1'},
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return read(answer, await answer.text());
  } catch (error) {
    signal?.throwIfAborted();
    return {verdict: 'unclear', why: limit.aborted ? 'it did not answer' : whyFailed(error)};
  }
}

/** multipart/form-data (RFC 7578). The platform's own would make CRLF of the line breaks in a description. */
async function formOf(
  distribution: BuiltDistribution,
): Promise<{readonly body: Blob; readonly type: string}> {
  const boundary = `mkvenvdeb-${distribution.sha256}`;
  const {file, filename} = distribution;
  const body = new Blob([
    ...formParts(uploadFields(distribution), boundary),
    filePart(filename, boundary),
    await openAsBlob(file),
    `\r\n--${boundary}--\r\n`,
  ]);
  return {body, type: `multipart/form-data; boundary=${boundary}`};
}

function read(answer: Response, text: string): Answer {
  const {status, ok} = answer;
  const why = answerText(answer, text);
  if (ok) return {verdict: 'done', why};
  // That the name is taken may be our own doing: the answer of the try before got lost.
  const isTaken = (status === 400 || status === 409) && /exist/i.test(why);
  const isLater = isTaken || [408, 425, 429].includes(status) || status >= 500;
  return {verdict: isLater ? 'unclear' : 'refused', why};
}
