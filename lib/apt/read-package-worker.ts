import {answerQuestions} from '../archive/thread.js';
import {type BatchQuestion, type ReadBatch, readBatch} from './read-batch.js';

/** Entry point of a thread that reads and checks packages. */
answerQuestions<BatchQuestion, ReadBatch>(async (question) => {
  const answer = await readBatch(question);
  return {answer, transfer: 'bytes' in answer ? [answer.bytes.buffer] : []};
});
