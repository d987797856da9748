import {MkvenvdebError} from '../errors.js';

const FORM =
  /^-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[!-9;-~]+: .*\r?\n)*\r?\n([\s\S]*)\r?\n-----BEGIN PGP SIGNATURE-----\r?\n[\s\S]*-----END PGP SIGNATURE-----\s*$/;

/**
 * The text of a clear-signed message (RFC 9580, 7), whatever its signature is worth.
 *
 * @throws E_FORMAT when it is none
 */
export function clearText(message: string, name: string): string {
  const [, text] = FORM.exec(message) ?? [];
  if (text === undefined)
    throw new MkvenvdebError('E_FORMAT', `File is not clear-signed: ${name}`, {
      hint: 'Run mkvenvdeb repo check --repair',
    });
  return `${text.replace(/^- /gm, '')}\n`;
}
