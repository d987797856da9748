import {isMap, isScalar, LineCounter, parseDocument} from 'yaml';
import type {Layer} from './layer.js';
import type {Problem} from './problems.js';

/** Options of a file, with what messages need to point into it. */
export type FileContent = Pick<Layer, 'values' | 'locate' | 'written'>;

/** Read mkvenvdeb.yaml; what cannot be read becomes a problem with line and column. */
export function readYaml(text: string, name: string, problems: Problem[]): FileContent | undefined {
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
  return {
    values: values as Record<string, unknown>,
    locate: (path) => {
      const offset = offsetOf(root, path);
      return offset === undefined ? name : `${name}:${lineCounter.linePos(offset).line}`;
    },
    written: (path) => {
      const node = document.getIn(path.map(snake), true);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

const snake = (part: PropertyKey): unknown =>
  typeof part === 'string' ? part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : part;

/** Where the innermost part of a path that exists begins in the file. */
function offsetOf(root: unknown, path: readonly PropertyKey[]): number | undefined {
  let node = root;
  let offset: number | undefined;
  for (const part of path) {
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
