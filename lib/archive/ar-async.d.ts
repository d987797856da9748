/** ar-async 0.1.4 brings no types; these are the parts of its reader that are used. */
declare module 'ar-async' {
  import type {EventEmitter} from 'node:events';

  /** A member. `fileData` throws for an empty one. */
  export interface ArEntry {
    fileName(): string;
    fileSize(): number;
    fileData(): NodeJS.ReadableStream;
  }

  /** Emits `entry` (ArEntry, next), `error`, and `close` at the end, also when nothing could be read. */
  export class ArReader extends EventEmitter {
    constructor(file: string);
  }
}
