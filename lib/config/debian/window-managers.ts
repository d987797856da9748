import {basename} from 'node:path';
import type {BuildOptions} from '../schema/index.js';
import {type ContentContext, callsOf, fileOf, nameOf} from './context.js';
import {readList, serverPath} from './lists.js';

const LINK = 'x-window-manager';
const PAGES = '/usr/share/man/man1';

/** dh_installwm(1): window managers become alternatives of one name, each with its manual page. */
export async function windowManagers(
  context: ContentContext,
  {manpages = [], files = []}: Pick<BuildOptions, 'manpages' | 'files'>,
): Promise<NonNullable<BuildOptions['alternatives']>> {
  const {isFirst, compat, problem} = context;
  const pages = [...manpages.map((page) => basename(page)), ...files.map(({target}) => basename(target))];
  const hasPage = (page: string) => pages.some((one) => one.replace(/\.gz$/, '') === page);
  const made: NonNullable<BuildOptions['alternatives']> = [];
  for (const call of callsOf(context, 'dh_installwm')) {
    const list = fileOf(context, 'wm', nameOf(call));
    const lines = list === undefined ? [] : await readList(list, context);
    const own = (isFirst ? call.words : []).map((word) => (word.includes('/') ? word : `/usr/bin/${word}`));
    const priority = Number(call.options.get('priority')?.at(-1) ?? 20);
    if (call.options.has('noscripts')) continue;
    for (const path of [...lines.flatMap(({words}) => words), ...own].map((word) => serverPath(word))) {
      const page = ['.1', '.1x'].map((section) => basename(path) + section).find(hasPage);
      const name = `${LINK}.1.gz`;
      const dependents =
        page === undefined ? [] : [{name, link: `${PAGES}/${name}`, path: `${PAGES}/${page}.gz`}];
      if (page === undefined && compat >= 10)
        problem(`${list ?? 'debian/rules'}: Window manager without a manual page: ${path}`);
      made.push({name: LINK, link: `/usr/bin/${LINK}`, path, priority, dependents});
    }
  }
  return made;
}
