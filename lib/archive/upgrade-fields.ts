import {MkvenvdebError} from '../errors.js';
import {diffLines, hunks} from '../formats/line-diff.js';
import type {Stanza} from '../formats/stanza.js';
import {formatRelations, parseRelations, RELATION_FIELDS, type RelationField} from '../policy/relations.js';
import {SCRIPT_NAMES} from '../policy/scripts.js';
import {controlText, type Survey} from './survey.js';

/** A field of the control file that is not the same. */
export interface FieldChange {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
  /** Of a field that names packages: what was really changed. */
  readonly relations?: RelationChanges;
}

export interface RelationChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The same packages with other bounds. */
  readonly changed: readonly {readonly before: string; readonly after: string}[];
}

/** A maintainer script that is not the same. */
export interface ScriptChange {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly addedLines: number;
  readonly removedLines: number;
  /** Changed lines with three around them, as `diff -u` writes them. */
  readonly diff: readonly string[];
}

/** Of more the whole field is told. */
const MOST_RELATIONS = 5000;

/** What differs, in the order of the newer package; what an upgrade changes anyway (the version) is left out. */
export function compareFields(before: Stanza, after: Stanza): readonly FieldChange[] {
  const names = [...new Set([...after.keys(), ...before.keys()])];
  return names
    .filter((name) => name !== 'Version' && before.get(name) !== after.get(name))
    .map((field): FieldChange => {
      const [old, now] = [before.get(field), after.get(field)];
      const relations = compareRelations(field, old ?? '', now ?? '');
      return {
        field,
        ...(old === undefined ? {} : {before: old}),
        ...(now === undefined ? {} : {after: now}),
        ...(relations ? {relations} : {}),
      };
    });
}

function compareRelations(field: string, before: string, after: string): RelationChanges | undefined {
  if (!(RELATION_FIELDS as readonly string[]).includes(field)) return undefined;
  const [old, now] = [
    relationTexts(before, field as RelationField),
    relationTexts(after, field as RelationField),
  ];
  if (old === undefined || now === undefined || old.length + now.length > MOST_RELATIONS) return undefined;
  const removed = old.filter((text) => !now.includes(text));
  const added = now.filter((text) => !old.includes(text));
  const changed: {before: string; after: string}[] = [];
  for (const text of removed.slice()) {
    const partner = added.find((one) => packagesIn(one) === packagesIn(text));
    if (partner === undefined) continue;
    changed.push({before: text, after: partner});
    removed.splice(removed.indexOf(text), 1);
    added.splice(added.indexOf(partner), 1);
  }
  return {added, removed, changed};
}

/** `libc6 (>= 2.34) | libc6.1` → `libc6 | libc6.1` */
const packagesIn = (text: string): string => text.replace(/(?<!\s)\s*\([^()]*\)/g, '');

function relationTexts(text: string, field: RelationField): readonly string[] | undefined {
  try {
    return parseRelations(text, field).map((dependency) => formatRelations([dependency]));
  } catch (error) {
    if (error instanceof MkvenvdebError) return undefined;
    throw error;
  }
}

/** Scripts that are not the same, in the order of Policy 6.1; `config` of debconf at the end. */
export function compareScripts(before: Survey, after: Survey): readonly ScriptChange[] {
  return [...SCRIPT_NAMES, 'config'].flatMap((name): readonly ScriptChange[] => {
    const [old, now] = [controlText(before, name), controlText(after, name)];
    if (old === now) return [];
    const lines = diffLines(old ?? '', now ?? '');
    const count = (sign: string) => lines.filter((line) => line.sign === sign).length;
    const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    return [{name, change, addedLines: count('+'), removedLines: count('-'), diff: hunks(lines)}];
  });
}
