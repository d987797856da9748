import {MkvenvdebError} from '../errors.js';
import {type PycHeader, readPycHeader} from '../formats/pyc.js';
import {elfSections} from './compare-elf.js';
import {textDifference} from './compare-text.js';

/** Why two contents are not the same. */
export interface Explanation {
  /** `shebang`, `record`, `pyc-header`, `elf-build-id`, `text`, `binary` … */
  readonly kind: string;
  readonly detail: string;
  readonly cause?: string;
  readonly cure?: string;
}

const PYC_HEADER = 16;
const LONGEST_LINE = 120;

/** Say where and, if it can be told, why two contents of one path differ. */
export function explainContent(path: string, a: Buffer, b: Buffer): Explanation {
  for (const explain of [
    explainPyc,
    explainShebang,
    explainRecord,
    explainDirectUrl,
    explainElf,
    explainGzip,
  ]) {
    const explanation = explain(path, a, b);
    if (explanation !== undefined) return explanation;
  }
  return isText(a) && isText(b) ? textDifference(a, b) : binaryDifference(a, b);
}

function explainPyc(path: string, a: Buffer, b: Buffer): Explanation | undefined {
  if (!path.endsWith('.pyc')) return undefined;
  const [one, two] = [pycHeader(a, path), pycHeader(b, path)];
  if (one === undefined || two === undefined) return undefined;
  if (a.subarray(0, PYC_HEADER).equals(b.subarray(0, PYC_HEADER))) {
    if (haveSameBytes(a, b)) {
      return {
        kind: 'pyc-order',
        detail: `Same header and same bytes in another order from ${firstDifference(a, b)} on${textAround(a, b)}`,
        cause: 'A constant in the order of a set, which depends on the hash seed',
        cure: 'Write it down sorted, or compile with PYTHONHASHSEED=0',
      };
    }
    return {
      kind: 'pyc-body',
      detail: `Same header, code differs at ${firstDifference(a, b)}${textAround(a, b)}`,
      cause: 'The code holds the path it was compiled from, or depends on the hash seed or on memory (PyPy)',
      cure: 'Compile with the final path, PYTHONHASHSEED=0 and marshal version 2',
    };
  }
  const detail = `Headers differ: ${showPyc(one)} and ${showPyc(two)}`;
  if (one.magic !== two.magic) {
    return {
      kind: 'pyc-header',
      detail,
      cause: 'They come from different interpreters',
      cure: 'Build with the same one',
    };
  }
  if (one.kind === 'timestamp' || two.kind === 'timestamp') {
    return {
      kind: 'pyc-header',
      detail,
      cause: 'The header holds the time of the source file',
      cure: 'Write bytecode with the hash of its source (PEP 552)',
    };
  }
  return {kind: 'pyc-header', detail, cause: 'The source file differs'};
}

/** The same bytes, each as often. */
function haveSameBytes(a: Buffer, b: Buffer): boolean {
  if (a.length !== b.length) return false;
  const balance = new Int32Array(256);
  for (const byte of a) balance[byte] = (balance[byte] ?? 0) + 1;
  for (const byte of b) balance[byte] = (balance[byte] ?? 0) - 1;
  return balance.every((count) => count === 0);
}

function pycHeader(content: Buffer, path: string): PycHeader | undefined {
  try {
    return readPycHeader(content, path);
  } catch (error) {
    if (error instanceof MkvenvdebError) return undefined;
    throw error;
  }
}

const showPyc = (header: PycHeader): string =>
  `magic ${header.magic}, ${header.kind === 'timestamp' ? `time ${header.mtime}` : `${header.kind} ${header.sourceHash}`}`;

function explainShebang(_path: string, a: Buffer, b: Buffer): Explanation | undefined {
  const [one, two] = [firstLine(a), firstLine(b)];
  if (one === two || !one.startsWith('#!') || !two.startsWith('#!')) return undefined;
  return {
    kind: 'shebang',
    detail: `${one} and ${two}`,
    cause: 'The path of the interpreter was not made that of the server',
  };
}

function explainRecord(path: string, a: Buffer, b: Buffer): Explanation | undefined {
  if (!path.endsWith('.dist-info/RECORD')) return undefined;
  const {detail} = textDifference(a, b);
  return {kind: 'record', detail, cause: 'A file that it lists differs, is missing or is more'};
}

function explainDirectUrl(path: string, a: Buffer, b: Buffer): Explanation | undefined {
  if (!path.endsWith('.dist-info/direct_url.json')) return undefined;
  return {
    kind: 'direct-url',
    detail: textDifference(a, b).detail,
    cause: 'It tells the folder or address that the distribution was installed from',
    cure: 'Leave it out, with its row in RECORD',
  };
}

function explainElf(_path: string, a: Buffer, b: Buffer): Explanation | undefined {
  const [one, two] = [elfSections(a), elfSections(b)];
  if (one === undefined || two === undefined) return undefined;
  const empty = Buffer.alloc(0);
  const differing = [...new Set([...one.keys(), ...two.keys()])].filter(
    (name) => !(one.get(name) ?? empty).equals(two.get(name) ?? empty),
  );
  const detail = `Sections that differ: ${differing.join(', ') || 'none, only headers'}`;
  if (differing.some((name) => name.startsWith('.debug_'))) {
    const cause = 'Debugging information holds the folder it was compiled in';
    return {kind: 'elf-debug', detail, cause, cure: 'Compile with -g0, or with -ffile-prefix-map'};
  }
  if (differing.length === 1 && differing[0] === '.note.gnu.build-id') {
    const cause = 'The build id is a hash over what was stripped later';
    return {kind: 'elf-build-id', detail, cause, cure: 'Link with -Wl,--build-id=none, or compile with -g0'};
  }
  const section = differing.find((name) => name.startsWith('.rodata')) ?? differing[0] ?? '';
  const found = textAround(one.get(section) ?? a, two.get(section) ?? b);
  return {
    kind: 'elf',
    detail: `${detail}${found}`,
    cause: 'It was compiled from other source, paths or with another compiler',
  };
}

function explainGzip(_path: string, a: Buffer, b: Buffer): Explanation | undefined {
  const isGzip = (bytes: Buffer) => bytes.length > 10 && bytes.readUInt16BE(0) === 0x1f8b;
  if (!isGzip(a) || !isGzip(b) || a.subarray(4, 8).equals(b.subarray(4, 8))) return undefined;
  return {
    kind: 'gzip-header',
    detail: `Times in the gzip headers: ${a.readUInt32LE(4)} and ${b.readUInt32LE(4)}`,
    cause: 'gzip stored the time of the file',
    cure: 'Compress with gzip -n',
  };
}

function binaryDifference(a: Buffer, b: Buffer): Explanation {
  const offset = firstDifference(a, b);
  const show = (bytes: Buffer) => bytes.toString('hex', offset, offset + 8) || 'the end';
  return {
    kind: 'binary',
    detail: `First difference at ${offset}: ${show(a)} and ${show(b)}${textAround(a, b)}`,
  };
}

function firstDifference(a: Buffer, b: Buffer): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) if (a[index] !== b[index]) return index;
  return shorter;
}

/** The printable text at the first difference, or right behind it: often it is a path and tells everything. */
function textAround(a: Buffer, b: Buffer): string {
  const offset = firstDifference(a, b);
  const text = (bytes: Buffer) => {
    const before = bytes.toString('latin1', Math.max(0, offset - LONGEST_LINE / 2), offset);
    const after = bytes.toString('latin1', offset, offset + LONGEST_LINE / 2);
    const {gap = '', found = ''} = /^(?<gap>[^ -~]{0,8})(?<found>[ -~]*)/.exec(after)?.groups ?? {};
    return gap === '' ? `${/(?<![ -~])[ -~]*$/.exec(before)?.[0] ?? ''}${found}` : found;
  };
  const [one, two] = [text(a), text(b)];
  if (one.length < 4 || two.length < 4 || one === two) return '';
  return `, in ${JSON.stringify(one)} and ${JSON.stringify(two)}`;
}

const firstLine = (bytes: Buffer): string =>
  bytes.toString('latin1', 0, Math.min(bytes.length, 256)).split('\n', 1)[0] ?? '';

const isText = (bytes: Buffer): boolean => !bytes.subarray(0, 8192).includes(0);
