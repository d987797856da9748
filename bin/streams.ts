import type {Writable} from 'node:stream';
import type {Screen} from './terminal.js';

/** Standard output, which gets results only. */
export interface Output extends Pick<Screen, 'isTTY' | 'columns'> {
  readonly write: (text: string) => void;
  /** Waits until everything is written. Whoever reads may have had enough (`| head`): that is no failure. */
  readonly written: () => Promise<void>;
}

type Failure = NodeJS.ErrnoException | null | undefined;

/** Watch what is written to a stream, so that neither a closed pipe nor a full disk breaks off the work. */
export function openOutput(stream: Writable & Pick<Screen, 'isTTY' | 'columns'>): Output {
  const writes: Promise<Failure>[] = [];
  stream.on('error', () => {}); // every write tells its own
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    write: (text) => {
      writes.push(new Promise((done) => tryWrite(stream, text, done)));
    },
    written: async () => {
      const failed = (await Promise.all(writes)).find(Boolean);
      if (failed && failed.code !== 'EPIPE') throw failed;
    },
  };
}

/** Standard error, which gets the progress: when nobody can read it any more, the work goes on. */
export function openScreen(stream: Writable & Omit<Screen, 'write'>): Screen {
  stream.on('error', () => {});
  return {
    write: (text) => tryWrite(stream, text, () => {}),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
  };
}

/** Some streams of the process throw instead of telling the callback. */
function tryWrite(stream: Writable, text: string, done: (error: Failure) => void): void {
  try {
    stream.write(text, done);
  } catch (error) {
    done(error as NodeJS.ErrnoException);
  }
}
