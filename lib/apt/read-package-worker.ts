import {answerQuestions} from '../archive/thread.js';
import {MkvenvdebError} from '../errors.js';
import {type ReadPackageOptions, readPackage} from './read-package.js';
import type {ReadBatch, RefusedPackage} from './read-packages.js';

/** Entry point of a thread that reads and checks packages. */
answerQuestions<ReadPackageOptions & {readonly files: readonly string[]}, ReadBatch>(
  async ({files, ...options}) => {
    const stanzas: string[] = [];
    const refused: RefusedPackage[] = [];
    try {
      for (const file of files) {
        const {stanza, errors} = await readPackage(file, options);
        stanzas.push(stanza);
        if (errors.length > 0) refused.push({file, errors});
      }
    } catch (error) {
      if (!(error instanceof MkvenvdebError)) throw error;
      const {code, message, hint, issues} = error;
      return {answer: {failure: {code, message, details: {...(hint ? {hint} : {}), issues}}}, transfer: []};
    }
    const bytes = new TextEncoder().encode(stanzas.join(''));
    return {answer: {bytes, refused}, transfer: [bytes.buffer as ArrayBuffer]};
  },
);
