import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {exitCodeFor, ioError, MkvenvdebError} from '../lib/errors.js';

const errors = suite('errors');

for (const [code, wanted] of [
  ['E_OPTION', 2],
  ['E_PAYLOAD', 2],
  ['E_PYTHON', 2],
  ['E_COMMAND', 1],
  ['E_IO', 1],
  ['E_CHECK', 1],
] as const) {
  errors(`${code} exits with ${wanted}`, () => assert.is(exitCodeFor(new MkvenvdebError(code, 'x')), wanted));
}

errors('an error that is not ours exits with 1', () => assert.is(exitCodeFor(new Error('x')), 1));

errors('an operating system error names the file and what was being done', () => {
  const cause = Object.assign(new Error('x'), {code: 'ENOSPC', path: '/full/x.deb'});
  const error = ioError(cause, 'writing the package') as MkvenvdebError;
  assert.is(error.code, 'E_IO');
  assert.is(error.message, 'No space left while writing the package: /full/x.deb');
  assert.is(error.cause, cause);
});

errors('a path is named once', () => {
  const cause = Object.assign(new Error('x'), {code: 'EACCES', path: '/x.deb'});
  assert.is((ioError(cause, 'reading /x.deb') as Error).message, 'Permission denied while reading /x.deb');
});

errors('any other error is given back as it is', () => {
  const error = new TypeError('x');
  assert.is(ioError(error, 'writing'), error);
});

errors.run();
