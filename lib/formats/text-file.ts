import {readFile} from 'node:fs/promises';
import {ioError, MkvenvdebError} from '../errors.js';

/**
 * Read a document that will be packed.
 *
 * @param what names it in messages: `Changelog`
 * @throws E_PAYLOAD when it is not UTF-8, as Policy 10.4 and 12.7 demand, or holds nothing; E_IO
 */
export async function readTextFile(file: string, what: string): Promise<string> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(await readFile(file));
  } catch (error) {
    if (!(error instanceof TypeError)) throw ioError(error, `reading ${what}`);
    throw new MkvenvdebError('E_PAYLOAD', `${what} is not UTF-8: ${file}`, {
      hint: 'Convert it with iconv -t UTF-8',
      cause: error,
    });
  }
  if (text.trim() === '') throw new MkvenvdebError('E_PAYLOAD', `${what} is empty: ${file}`);
  return text.endsWith('\n') ? text : `${text}\n`;
}
