import type {BuildOptions} from '../schema/index.js';
import {type ContentContext, callsOf, fileOf, nameOf} from './context.js';
import {readList, serverPath} from './lists.js';

/** dh_ucf(1): each line a packed file and the configuration file that ucf makes of it. */
export async function ucfFiles(context: ContentContext): Promise<NonNullable<BuildOptions['ucf']>> {
  const made: Record<string, string> = {};
  for (const call of callsOf(context, 'dh_ucf')) {
    const list = fileOf(context, 'ucf', nameOf(call));
    const lines = list === undefined ? [] : await readList(list, context);
    const own = context.isFirst && call.words.length > 0 ? [{words: call.words, line: 0}] : [];
    if (call.options.has('noscripts')) continue;
    for (const {words, line} of [...lines, ...own]) {
      const [source, target] = words;
      if (source !== undefined && target !== undefined) made[serverPath(target)] = serverPath(source);
      else context.problem(`${line > 0 ? `${list}:${line}` : 'debian/rules'}: Needs two paths: ${words[0]}`);
    }
  }
  return made;
}
