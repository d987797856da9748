import {loadLzma} from './lzma.js';
import {answerQuestions} from './thread.js';
import type {DecodeTask} from './xz-decode.js';

/** Entry point of a thread that decodes blocks. */
const lzma = loadLzma();

answerQuestions<DecodeTask, Uint8Array>(async ({stream, length}) => {
  const content = new Uint8Array(length);
  const decoder = (await lzma).decoder();
  let filled = 0;
  for (const piece of decoder.push(stream)) {
    if (filled + piece.length > length) throw new Error('it is corrupt');
    content.set(piece, filled);
    filled += piece.length;
  }
  if (!decoder.ended() || filled !== length) throw new Error('it is corrupt');
  return {answer: content, transfer: [content.buffer]};
});
