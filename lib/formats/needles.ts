import {quotedForms} from './quoting.js';

/** How a path was spelled where it was found. */
export type NeedleForm = 'plain' | 'quoted' | 'url' | 'escaped' | 'utf-16';

/** A path to look for, in every spelling that tools give it. */
export interface Needle {
  readonly path: string;
  /** True: a longer name that merely begins with it (`/home/jo` in `/home/joanna`) is no hit. */
  readonly bounded: boolean;
  readonly forms: readonly {readonly form: NeedleForm; readonly bytes: Buffer}[];
}

/** The first place where a needle was found. */
export interface Hit {
  readonly needle: Needle;
  readonly form: NeedleForm;
  /** Bytes from the start of what was scanned. */
  readonly offset: number;
}

const UNRESERVED = /[A-Za-z0-9_.~-]/;

/** RFC 3986 percent-encoding of every byte but the unreserved ones and those of `safe`. */
function percentEncode(path: string, safe: string): string {
  let encoded = '';
  for (const byte of Buffer.from(path)) {
    const character = String.fromCharCode(byte);
    const kept = byte < 0x80 && (UNRESERVED.test(character) || safe.includes(character));
    encoded += kept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** Python's `ascii()` and `json.dumps`, JavaScript's and PHP's JSON, Python's repr of bytes. */
function escapedForms(path: string): readonly string[] {
  const json = JSON.stringify(path).slice(1, -1);
  const outsideAscii = /[\u0080-\uffff]/g;
  const asciiJson = json.replace(outsideAscii, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`);
  const python = path.replace(/[\\']/g, '\\$&').replace(/[\u0080-\u{10ffff}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x100) return `\\x${hex(code, 2)}`;
    return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  });
  const bytes = Buffer.from(path.replace(/[\\']/g, '\\$&')).toString('latin1');
  const pythonBytes = bytes.replace(/[\x80-\xff]/g, (byte) => `\\x${hex(byte.charCodeAt(0), 2)}`);
  return [json, asciiJson, json.replaceAll('/', '\\/'), python, pythonBytes];
}

/** A needle for an absolute path. */
export function makeNeedle(path: string, bounded: boolean): Needle {
  const urls = [percentEncode(path, '/'), encodeURI(path), percentEncode(path, ''), encodeURIComponent(path)];
  const texts: readonly (readonly [NeedleForm, string])[] = [
    ['plain', path],
    ...quotedForms(path).map(({inner}) => ['quoted', inner] as const),
    ...urls.map((url) => ['url', url] as const),
    ...urls.map((url) => ['url', url.replace(/%../g, (byte) => byte.toLowerCase())] as const),
    ...escapedForms(path).map((escaped) => ['escaped', escaped] as const),
  ];
  const forms = new Map<string, {form: NeedleForm; bytes: Buffer}>();
  for (const [form, text] of texts) if (!forms.has(text)) forms.set(text, {form, bytes: Buffer.from(text)});
  return {path, bounded, forms: [...forms.values(), {form: 'utf-16', bytes: Buffer.from(path, 'utf16le')}]};
}

/** The byte would go on with the last name of a path. */
const continuesName = (byte: number): boolean => byte >= 0x80 || /[\w+~@%-]/.test(String.fromCharCode(byte));

/** Looks for needles in bytes that come in pieces; a needle that lies across two pieces is found as well. */
export class NeedleScanner {
  readonly hits: Hit[] = [];
  #pending: readonly Needle[];
  #longest: number;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(needles: readonly Needle[]) {
    this.#pending = needles;
    this.#longest = Math.max(0, ...needles.flatMap(({forms}) => forms.map(({bytes}) => bytes.length)));
  }

  /** True when nothing more can be found. */
  get done(): boolean {
    return this.#pending.length === 0;
  }

  push(chunk: Buffer): void {
    this.#window = this.#window.length === 0 ? chunk : Buffer.concat([this.#window, chunk]);
    this.#search(false);
    const tail = this.#window.subarray(Math.max(0, this.#window.length - this.#longest));
    this.#start += this.#window.length - tail.length;
    // A copy: the caller may read the next piece into the same memory.
    this.#window = Buffer.from(tail);
  }

  /** To be called after the last piece: its end is the end of a name, too. */
  end(): readonly Hit[] {
    this.#search(true);
    return this.hits;
  }

  #search(last: boolean): void {
    this.#pending = this.#pending.filter((needle) => {
      const found = this.#first(needle, last);
      if (found) this.hits.push({needle, form: found.form, offset: this.#start + found.index});
      return !found;
    });
  }

  #first(needle: Needle, last: boolean): {form: NeedleForm; index: number} | undefined {
    let first: {form: NeedleForm; index: number} | undefined;
    for (const {form, bytes} of needle.forms) {
      let index = this.#window.indexOf(bytes);
      while (index >= 0 && needle.bounded && !this.#ends(index + bytes.length, last)) {
        index = this.#window.indexOf(bytes, index + 1);
      }
      if (index >= 0 && (first === undefined || index < first.index)) first = {form, index};
    }
    return first;
  }

  #ends(end: number, last: boolean): boolean {
    const next = this.#window[end];
    return next === undefined ? last : !continuesName(next);
  }
}

/** Look for needles in bytes that lie in memory: the first hit of each. */
export function findNeedles(content: Buffer, needles: readonly Needle[]): readonly Hit[] {
  const scanner = new NeedleScanner(needles);
  scanner.push(content);
  return scanner.end();
}
