import {compareBytes} from '../formats/order.js';
import type {LibrarySymbols} from './symbols.js';
import {compareDebianVersions} from './version.js';

/** Relations to the packages of libraries, sorted. */
export interface LibraryRelations {
  readonly depends: readonly string[];
  readonly recommends: readonly string[];
}

export type LibraryField = keyof LibraryRelations;

/** Dependency templates with the highest version that anything asks of each (dpkg-shlibdeps(1)). */
export class LibraryDependencies {
  /** By template; an empty version where any will do. */
  private readonly fields = {depends: new Map<string, string>(), recommends: new Map<string, string>()};

  /** Ask for what a template says, which may be several packages. */
  add(field: LibraryField, template: string, minimal = ''): void {
    const versions = this.fields[field];
    for (const one of template
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')) {
      versions.set(one, higher(versions.get(one) ?? '', minimal));
    }
  }

  /** Ask for what a symbol needs. */
  addSymbol(field: LibraryField, library: LibrarySymbols, name: string): void {
    const symbol = library.symbols.get(name);
    const template = symbol && library.templates[symbol.template];
    if (template !== undefined) this.add(field, template, symbol?.minimal);
  }

  /** What is recommended is left out where the same, or more, is depended on. */
  relations(): LibraryRelations {
    const {depends, recommends} = this.fields;
    const further = [...recommends].filter(([template, version]) => {
      const stronger = depends.get(template);
      return stronger === undefined || higher(stronger, version) !== stronger;
    });
    return {depends: written(depends), recommends: written(further)};
  }
}

const higher = (one: string, other: string): string => {
  if (one === '' || other === '') return one === '' ? other : one;
  return compareDebianVersions(other, one) > 0 ? other : one;
};

function written(versions: Iterable<readonly [string, string]>): readonly string[] {
  const texts = [...versions].map(([template, version]) =>
    template
      // What is older than every version says nothing (dpkg-shlibdeps takes "0" for false).
      .replaceAll('#MINVER#', version === '' || version === '0' ? '' : `(>= ${version})`)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return [...new Set(texts)].sort(compareBytes);
}
