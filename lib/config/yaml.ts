import {
  isCollection,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  type Pair,
  Parser,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type {Layer} from './layer.js';
import type {Problem} from './problems.js';

/** Options of a file, with what messages need to point into it. */
export type FileContent = Pick<Layer, 'values' | 'locate' | 'written'>;

/** No option goes deeper than five; the parser calls itself for each level, and Node ends where its stack does. */
const DEEPEST = 100;

/** By the tokens: what the parser does with them may be too much for the stack. */
function isTooDeep(text: string): boolean {
  return hasDeepTokens(text) || hasDeepNodes(text);
}

/** Brackets in brackets, and `- - -` of one line. */
function hasDeepTokens(text: string): boolean {
  let [flow, block] = [0, 0];
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flow += 1;
    else if (token === ']' || token === '}') flow -= 1;
    else if (/^\r?\n/.test(token)) block = 0;
    else if (flow <= 0 && /^[-?:]$/.test(token)) block += 1;
    if (flow > DEEPEST || block > DEEPEST) return true;
  }
  return false;
}

function hasDeepNodes(text: string): boolean {
  const waiting: [token: unknown, depth: number][] = [...new Parser().parse(text)].map((one) => [one, 0]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [token, depth] = next;
    if (typeof token !== 'object' || token === null) continue;
    if (depth > DEEPEST) return true;
    const {items = [], value} = token as {
      items?: readonly {key?: unknown; value?: unknown}[];
      value?: unknown;
    };
    waiting.push([value, depth + 1]);
    for (const item of items) waiting.push([item.key, depth + 1], [item.value, depth + 1]);
  }
  return false;
}

/** Read mkvenvdeb.yaml; what cannot be read becomes a problem with line and column. */
export function readYaml(text: string, name: string, problems: Problem[]): FileContent | undefined {
  if (isTooDeep(text)) {
    problems.push({text: `${name}: Not valid YAML: nested more than ${DEEPEST} deep`});
    return undefined;
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {lineCounter, prettyErrors: false, uniqueKeys: true});
  const [broken] = document.errors;
  if (broken) {
    const {line, col} = lineCounter.linePos(broken.pos[0]);
    problems.push({text: `${name}:${line}:${col}: Not valid YAML: ${broken.message.split('\n')[0]}`});
    return undefined;
  }
  let values: unknown;
  try {
    values = document.toJS();
  } catch (error) {
    problems.push({text: `${name}: Not valid YAML: ${(error as Error).message}`});
    return undefined;
  }
  if (values === null) return {values: {}};
  if (!isMap(document.contents) || typeof values !== 'object') {
    problems.push({text: `${name}:1: Not a map of options and values`});
    return undefined;
  }
  const root = document.contents;
  // A file may be wrong in each of its keys, and the parser looks for one by reading all.
  let pairs: ReadonlyMap<unknown, Pair> | undefined;
  const pairOf = (part: PropertyKey | undefined): Pair | undefined => {
    pairs ??= pairsByKey(root);
    return pairs.get(part) ?? pairs.get(part === undefined ? undefined : snake(part));
  };
  return {
    values: values as Record<string, unknown>,
    locate: (path) => {
      const offset = offsetOf(pairOf(path[0]), path);
      return offset === undefined ? name : `${name}:${lineCounter.linePos(offset).line}`;
    },
    written: (path) => {
      const value = pairOf(path[0])?.value;
      const node =
        path.length > 1 && isCollection(value) ? value.getIn(path.slice(1).map(snake), true) : value;
      return isScalar(node) ? node.source : undefined;
    },
  };
}

const snake = (part: PropertyKey): unknown =>
  typeof part === 'string' ? part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : part;

function pairsByKey(map: YAMLMap): ReadonlyMap<unknown, Pair> {
  const pairs = new Map<unknown, Pair>();
  for (const pair of map.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (key !== undefined && !pairs.has(key)) pairs.set(key, pair);
  }
  return pairs;
}

/** Where the innermost part of a path that exists begins in the file; `first` is the pair of its first part. */
function offsetOf(first: Pair | undefined, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = first?.value;
  let offset = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  for (const part of path.slice(1)) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({key}) => isScalar(key) && (String(key.value) === part || String(key.value) === snake(part)),
      );
      const key = pair?.key;
      offset = (isScalar(key) ? key.range?.[0] : undefined) ?? offset;
      node = pair?.value;
    } else {
      const item = (node as {items?: readonly {range?: readonly number[]}[]} | undefined)?.items?.[
        Number(part)
      ];
      offset = item?.range?.[0] ?? offset;
      node = item;
    }
  }
  return offset;
}
