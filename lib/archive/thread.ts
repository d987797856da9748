import {parentPort, type TransferListItem, Worker} from 'node:worker_threads';

/** A worker thread that answers one message after the other. */
export interface Thread<Question, Answer> {
  /** Ask; what is in `transfer` belongs to the thread from then on. */
  ask(question: Question, transfer?: readonly TransferListItem[]): Promise<Answer>;
  /** End the thread at once; open questions are rejected. */
  end(): Promise<void>;
}

type Reply<Answer> = {readonly answer: Answer} | {readonly error: unknown};

/**
 * Start a thread that runs a module which calls `answerQuestions`. It keeps the process alive only while a question
 * is open.
 *
 * @param signal aborting it ends the thread; open questions are then rejected with its reason
 */
export function startThread<Question, Answer>(module: URL, signal?: AbortSignal): Thread<Question, Answer> {
  // Without our own arguments: some that Node was started with are refused in a thread (--input-type).
  const worker = new Worker(module, {execArgv: [], resourceLimits: {maxYoungGenerationSizeMb: 4}});
  const open: {resolve: (answer: Answer) => void; reject: (reason: unknown) => void}[] = [];
  let failure: unknown;
  let isEnding = false;
  const fail = (reason: unknown) => {
    failure ??= reason;
    for (const {reject} of open.splice(0)) reject(failure);
  };
  worker.on('message', (reply: Reply<Answer>) => {
    const question = open.shift();
    // An answer that was on its way must not end the process while somebody waits for the end of the thread.
    if (open.length === 0 && !isEnding) worker.unref();
    if ('error' in reply) question?.reject(reply.error);
    else question?.resolve(reply.answer);
  });
  worker.unref(); // only now: to listen to messages takes a reference
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The worker thread has ended')));
  const abort = () => {
    fail(signal?.reason);
    void worker.terminate();
  };
  signal?.addEventListener('abort', abort, {once: true});
  if (signal?.aborted) abort();
  return {
    ask: (question, transfer = []) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        open.push({resolve, reject});
        worker.ref();
        worker.postMessage(question, transfer);
      }),
    async end() {
      signal?.removeEventListener('abort', abort);
      isEnding = true;
      await worker.terminate();
    },
  };
}

/** In a thread: answer each question with what the function gives, and transfer the memory that it names. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<{answer: Answer; transfer: readonly TransferListItem[]}>,
): void {
  let last: Promise<unknown> = Promise.resolve();
  parentPort?.on('message', (question: Question) => {
    last = last
      .then(() => answer(question))
      .then(
        (reply) => parentPort?.postMessage({answer: reply.answer}, reply.transfer),
        (error) => parentPort?.postMessage({error}),
      );
  });
}
