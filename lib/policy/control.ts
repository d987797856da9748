import {MkvenvdebError} from '../errors.js';
import {
  hasControlCharacter,
  isDebianVersion,
  isHomepage,
  isMaintainer,
  isPackageName,
} from '../formats/names.js';
import {isSourcePackage} from '../formats/source-package.js';
import {formatStanza} from '../formats/stanza.js';
import {formatDescription} from './description.js';
import {withoutImplied} from './implied.js';
import {
  type Dependency,
  formatRelations,
  RELATION_FIELDS,
  type RelationField,
  relationsOn,
} from './relations.js';

/** What the control file of a package says (deb-control(5)). */
export interface ControlFields {
  readonly package: string;
  /** `name (version)` of the source, where it is called otherwise. */
  readonly source?: string | undefined;
  /** Complete: `1:2.0-1`. */
  readonly version: string;
  readonly architecture: string;
  readonly maintainer: string;
  /** KiB. */
  readonly installedSize: number;
  readonly section: string;
  readonly priority: string;
  readonly homepage?: string | undefined;
  /** First line the synopsis, the rest the extended description. */
  readonly description: string;
  /** Texts of relations, each one or several; those of all sources together. */
  readonly preDepends?: readonly string[];
  readonly depends?: readonly string[];
  readonly recommends?: readonly string[];
  readonly suggests?: readonly string[];
  readonly enhances?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly breaks?: readonly string[];
  readonly replaces?: readonly string[];
  readonly provides?: readonly string[];
}

const RELATION_KEYS = {
  'Pre-Depends': 'preDepends',
  Depends: 'depends',
  Recommends: 'recommends',
  Suggests: 'suggests',
  Enhances: 'enhances',
  Conflicts: 'conflicts',
  Breaks: 'breaks',
  Replaces: 'replaces',
  Provides: 'provides',
} as const satisfies Record<RelationField, keyof ControlFields>;

const LINE_PATTERNS: Readonly<Record<string, (text: string) => boolean>> = {
  Package: isPackageName,
  Source: isSourcePackage,
  Version: isDebianVersion,
  Architecture: (text) => /^[a-z0-9][a-z0-9-]*$/.test(text),
  Maintainer: isMaintainer,
  'Installed-Size': (text) => /^\d+$/.test(text),
  Section: (text) => /^(?:[a-z0-9-]+\/)?[a-z0-9-]+$/.test(text),
  Priority: (text) => /^[a-z]+$/.test(text),
  Homepage: isHomepage,
};

/**
 * Write the control file: one stanza in dpkg's order of fields, empty relations left out.
 *
 * @throws E_OPTION with every field that deb-control(5) does not allow; a line break that would begin a field of its
 *   own is one of them
 */
export function formatControl(fields: ControlFields): string {
  const {architecture} = fields;
  const problems: string[] = [];
  const line = (name: string, text: string): [string, string][] => {
    if (hasControlCharacter(text) || LINE_PATTERNS[name]?.(text) === false) {
      problems.push(`Field ${name} is not valid: ${JSON.stringify(text)}`);
    }
    return [[name, text]];
  };
  const stanza = [
    ...line('Package', fields.package),
    ...(fields.source === undefined ? [] : line('Source', fields.source)),
    ...line('Version', fields.version),
    ...line('Architecture', architecture),
    ...line('Maintainer', fields.maintainer),
    ...line('Installed-Size', String(fields.installedSize)),
    ...relationLines(fields, problems),
    ...line('Section', fields.section),
    ...line('Priority', fields.priority),
    ...(fields.homepage === undefined ? [] : line('Homepage', fields.homepage)),
    ...description(fields.description, problems),
  ];
  const [first] = problems;
  if (first === undefined) return formatStanza(stanza);
  throw new MkvenvdebError('E_OPTION', first, {issues: problems.length > 1 ? problems : []});
}

function relationLines(fields: ControlFields, problems: string[]): [string, string][] {
  const relations = RELATION_FIELDS.map((name) => [name, relationsOf(name, fields, problems)] as const);
  const simplified = withoutImplied(Object.fromEntries(relations));
  return RELATION_FIELDS.flatMap((name): [string, string][] => {
    const value = formatRelations(simplified[name] ?? []);
    return value === '' ? [] : [[name, value]];
  });
}

function relationsOf(name: RelationField, fields: ControlFields, problems: string[]): readonly Dependency[] {
  try {
    return relationsOn(fields.architecture, name, fields[RELATION_KEYS[name]] ?? []);
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    problems.push(error.message);
    return [];
  }
}

function description(text: string, problems: string[]): [string, string][] {
  const value = formatDescription(text);
  if (hasControlCharacter(value.replaceAll('\n', '')) || value === '') {
    problems.push(`Field Description is not valid: ${JSON.stringify(text)}`);
  }
  return [['Description', value]];
}
