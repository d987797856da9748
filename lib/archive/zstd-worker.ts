import {answerQuestions} from './thread.js';
import type {ZstdTask} from './zstd.js';
import {openZstd, type ZstdCoder} from './zstd-coder.js';

/** Entry point of a thread that compresses one frame. */
let coder: Promise<ZstdCoder> | undefined;

answerQuestions<ZstdTask, Uint8Array>(async ({chunk, level}) => {
  coder ??= openZstd(level);
  const answer = chunk === undefined ? (await coder).finish() : (await coder).compress(chunk);
  return {answer, transfer: [answer.buffer as ArrayBuffer]};
});
