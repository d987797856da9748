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

/** A stanza, read as far as it is asked. Fifty thousand of them have to fit into memory. */
export class PackageView implements IndexedPackage {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get package(): string {
    const {bytes} = this;
    if (bytes.toString('latin1', 0, FIRST) === 'Package: ')
      return bytes.toString('latin1', FIRST, bytes.indexOf(0x0a, FIRST));
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
    const {bytes} = this;
    const mark = MARKS.get(field) as Buffer;
    const isFirst = bytes.toString('latin1', 0, mark.length - 1) === `${field}: `;
    const at = isFirst ? 0 : bytes.indexOf(mark) + 1;
    if (!isFirst && at === 0) return undefined;
    const start = at + mark.length - 1;
    return bytes.toString('latin1', start, bytes.indexOf(0x0a, start));
  }
}
