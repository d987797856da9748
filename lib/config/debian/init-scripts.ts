import type {BuildOptions} from '../schema/index.js';
import {type ContentContext, callsOf, fileOf, nameOf} from './context.js';
import {upgradeBehaviour} from './units.js';

/**
 * Scripts for a system without systemd, as dh_installinit(1) takes them; a unit beside one changes nothing. Without its
 * lines a script is a file like any other.
 */
export function initScripts(context: ContentContext): Pick<BuildOptions, 'init' | 'files'> {
  const found = callsOf(context, 'dh_installinit').flatMap((call) => {
    const {options} = call;
    const name = nameOf(call);
    const source = ['init', 'init.d'].map((extension) => fileOf(context, extension, name)).find(Boolean);
    if (source === undefined || options.has('onlyscripts')) return [];
    return [{source, name: name ?? context.package, call}];
  });
  const isActive = ({call}: (typeof found)[number]) => !call.options.has('noscripts');
  return {
    init: found.filter(isActive).map(({source, name, call}) => {
      const start = !call.options.has('no-start');
      return {
        source,
        name,
        enable: !call.options.has('no-enable'),
        start,
        restart: start && upgradeBehaviour(call, true),
      };
    }),
    files: found
      .filter((one) => !isActive(one))
      .map(({source, name}) => ({source, target: `/etc/init.d/${name}`, mode: '0755'})),
  };
}
