/** A package as an index lists it. */
export interface IndexedPackage {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  /** Of the .deb, relative to the root of the repository: `pool/main/w/warehouse/0123456789abcdef/warehouse_26.11.0_amd64.deb`. */
  readonly filename: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** The whole stanza, with the blank line behind it. */
  readonly bytes: Buffer;
}

/** What every stanza of an index has. */
export const FIELDS = ['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256'] as const;

const MARKS = new Map(FIELDS.map((field) => [field, Buffer.from(`\n${field}: `)]));
const FIRST = 'Package: '.length;

/** A stanza, read as far as it is asked. Fifty thousand of them have to fit into memory: it is no view of its own. */
export class PackageView implements IndexedPackage {
  readonly #source: Buffer;
  readonly #start: number;
  readonly #end: number;

  /** @param source an index, of which this is the part from start to end */
  constructor(source: Buffer, start: number, end: number) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  get bytes(): Buffer {
    return this.#source.subarray(this.#start, this.#end);
  }

  get package(): string {
    const begin = this.#start + FIRST;
    if (this.#source.toString('latin1', this.#start, begin) === 'Package: ') return this.#line(begin);
    return this.find('Package') ?? '';
  }

  get version(): string {
    return this.find('Version') ?? '';
  }

  get architecture(): string {
    return this.find('Architecture') ?? '';
  }

  get filename(): string {
    return this.find('Filename') ?? '';
  }

  get size(): number {
    return Number(this.find('Size'));
  }

  get sha256(): string {
    return this.find('SHA256') ?? '';
  }

  find(field: (typeof FIELDS)[number]): string | undefined {
    const mark = MARKS.get(field) as Buffer;
    const first = this.#start + mark.length - 1;
    if (this.#source.toString('latin1', this.#start, first) === `${field}: `) return this.#line(first);
    const at = this.#source.indexOf(mark, this.#start);
    return at < 0 || at >= this.#end ? undefined : this.#line(at + mark.length);
  }

  #line(start: number): string {
    return this.#source.toString('latin1', start, this.#source.indexOf(0x0a, start));
  }
}
