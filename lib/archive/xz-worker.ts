import {loadLzma} from './lzma.js';
import {answerQuestions} from './thread.js';
import type {EncodedBlock, EncodeTask} from './xz.js';

/** Entry point of a thread that compresses blocks; the block's memory goes back with the answer to be used again. */
const lzma = loadLzma();

answerQuestions<EncodeTask, EncodedBlock>(async ({block, preset}) => {
  const stream = Uint8Array.from((await lzma).encode(block, preset)); // out of Node's shared pool of buffers
  const memory = block.buffer as ArrayBuffer;
  return {answer: {stream, memory}, transfer: [memory, stream.buffer]};
});
