import {MkvenvdebError} from '../errors.js';
import {answerText, type Fetch, whyFailed} from './fetch.js';
import type {IndexAccount} from './index-account.js';
import {basicLogin} from './index-state.js';
import {formParts} from './upload-form.js';

/** What an index says to somebody who begins to upload. */
export interface IndexTrial {
  /** Where the same index is read, as far as it can be told by what it is. */
  readonly indexUrl: string;
}

const FORM = [
  [':action', 'file_upload'],
  ['protocol_version', '1'],
] as const;
const BOUNDARY = 'mkvenvdeb-trial';
/** For one answer, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Try an account: the form of an upload, without a file in it. Indexes look at the account first and at the form then,
 * and refuse this one: nothing can be published by it.
 *
 * @throws E_PUBLISH when the account is refused, when nothing there takes uploads, or nothing answers
 */
export async function tryIndexAccount(
  account: IndexAccount,
  fetch: Fetch,
  signal?: AbortSignal,
): Promise<IndexTrial> {
  const {uploadUrl, username, password} = account;
  const limit = AbortSignal.timeout(PATIENCE);
  try {
    const answer = await fetch(uploadUrl, {
      method: 'POST',
      body: `${formParts(FORM, BOUNDARY).join('')}--${BOUNDARY}--\r\n`,
      headers: {
        ...basicLogin(username, password),
        'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
      },
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const why = answerText(answer, await answer.text());
    assertTakesUploads({status: answer.status, why, location: answer.headers.get('location')}, account);
    return {indexUrl: account.indexUrl ?? readUrl(uploadUrl, answer.headers.has('x-devpi-api-version'))};
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof MkvenvdebError) throw cause;
    const why = limit.aborted ? `no answer within ${PATIENCE / 1000} s` : whyFailed(cause);
    throw new MkvenvdebError('E_PUBLISH', `Package index does not answer: ${uploadUrl}: ${why}`, {
      hint: 'Check the URL and the network; of an authority of your own, NODE_EXTRA_CA_CERTS names the certificate',
      cause,
    });
  }
}

interface Answered {
  readonly status: number;
  readonly why: string;
  readonly location: string | null;
}

function assertTakesUploads({status, why, location}: Answered, {uploadUrl, username}: IndexAccount): void {
  const refuse = (what: string, hint: string) => {
    throw new MkvenvdebError('E_PUBLISH', `Package index ${what}: ${uploadUrl}: ${why}`, {hint});
  };
  if (status === 401 || status === 403)
    refuse(
      username === '' ? 'wants an account' : 'refuses the account',
      username === ''
        ? 'Give one by TWINE_USERNAME and TWINE_PASSWORD, or in ~/.pypirc'
        : 'Check user name and password: a token has the user name __token__',
    );
  if (status >= 300 && status < 400)
    refuse('sends on', `Use the URL that it names: ${location ?? 'it names none'}`);
  if ([404, 405, 410, 501].includes(status))
    refuse('takes no uploads here', 'Check the URL: many end in /legacy/ with the slash');
  // A server that stumbles over the form says 500: that is no reason not to try.
  if ([502, 503, 504].includes(status)) refuse('does not work now', 'Try again later');
}

/** By what indexes do: beside `legacy/`, or below where files are sent to. */
function readUrl(uploadUrl: string, isDevpi: boolean): string {
  const url = new URL(uploadUrl);
  [url.search, url.hash] = ['', ''];
  const base = url.href.replace(/\/?$/, '/');
  return base.endsWith('/legacy/')
    ? base.replace(/legacy\/$/, 'simple/')
    : `${base}${isDevpi ? '+' : ''}simple/`;
}
