import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {startThread} from '../../lib/archive/thread.js';
import {inFolder, root} from '../helpers/suite.js';

const thread = suite('archive/thread');
const library = pathToFileURL(join(root, 'dist/lib/archive/')).href;

/** Start a thread whose answer to each question is made by some JavaScript of `question`. */
async function withThread<T>(answer: string, use: (folder: string, module: URL) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const file = join(folder, 'thread.mjs');
    writeFileSync(
      file,
      `import {answerQuestions} from '${library}thread.js';
      answerQuestions(async (question) => ({answer: ${answer}, transfer: []}));`,
    );
    return use(folder, pathToFileURL(file));
  });
}

/** What a promise is rejected with. */
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.unreachable('it was not rejected'),
    (reason) => reason,
  );

thread('answers in the order of the questions', () =>
  withThread(
    'await new Promise((done) => setTimeout(() => done(question * 2), 30 / question))',
    async (_, module) => {
      const {ask, end} = startThread<number, number>(module);
      assert.equal(await Promise.all([1, 2, 3].map((question) => ask(question))), [2, 4, 6]);
      await end();
    },
  ),
);

thread('passes on what fails, and goes on', () =>
  withThread('question === 0 ? (() => { throw new RangeError("zero"); })() : question', async (_, module) => {
    const {ask, end} = startThread<number, number>(module);
    assert.match(String(await reasonOf(ask(0))), /RangeError: zero/);
    assert.is(await ask(1), 1);
    await end();
  }),
);

for (const [title, answer, message] of [
  ['exits', 'process.exit(3)', /worker thread has ended/],
  [
    'fails outside of a question',
    'await new Promise(() => setTimeout(() => { throw new Error("late"); }))',
    /late/,
  ],
] as const) {
  thread(`rejects the open question and all later ones when the thread ${title}`, () =>
    withThread(answer, async (_, module) => {
      const {ask, end} = startThread<number, number>(module);
      assert.match(String(await reasonOf(ask(1))), message);
      assert.match(String(await reasonOf(ask(2))), message);
      await end();
    }),
  );
}

thread('rejects what is asked of no module', async () => {
  const {ask, end} = startThread<number, number>(pathToFileURL('/nowhere/thread.mjs'));
  assert.match(String(await reasonOf(ask(1))), /Cannot find module/);
  await end();
});

thread('rejects with the reason when aborted, at once and later', () =>
  withThread('await new Promise(() => setTimeout(() => {}, 1e6))', async (_, module) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const {ask, end} = startThread<number, number>(module, controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    assert.is(await reasonOf(ask(1)), reason);
    assert.is(await reasonOf(ask(2)), reason);
    await end();
    assert.is(await reasonOf(startThread<number, number>(module, controller.signal).ask(3)), reason);
  }),
);

thread('does not keep a process alive that forgets it, and starts where Node has odd arguments', () =>
  withThread('question', async (folder, module) => {
    const program = `
      const {startThread} = await import('${library}thread.js');
      startThread(new URL('${module}'));
      const {ask} = startThread(new URL('${module}'));
      console.log(await ask(42));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: folder,
      timeout: 20_000,
    });
    assert.is(output, '42\n');
  }),
);

thread('an answer on its way does not end the process before the thread has ended', () =>
  withThread('question', async (folder, module) => {
    // The answer is there, and nobody has heard of it, when the end is asked for.
    const program = `
      const {startThread} = await import('${library}thread.js');
      const {ask, end} = startThread(new URL('${module}'));
      await ask(1);
      ask(2).catch(() => {});
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      await end();
      console.log('ended');`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: folder,
      timeout: 20_000,
    });
    assert.is(output, 'ended\n');
  }),
);

thread.run();
