import type {Person} from '../formats/core-metadata.js';
import {hasControlCharacter, isMaintainer} from '../formats/names.js';

/**
 * The value of the Maintainer field (Policy 5.6.2) for the people that a project names: the first with a name and an
 * address, else the first address with the first name there is, else with the project's own. undefined when there is
 * no address that can stand in the field.
 */
export function maintainerOf(persons: readonly Person[], project: string | undefined): string | undefined {
  const people = persons.map(({name, email}) => ({name: plainName(name ?? ''), email: email ?? ''}));
  const [complete] = people.filter(({name, email}) => name !== '' && isAddress(email));
  const email = complete?.email ?? people.find((one) => isAddress(one.email))?.email;
  const name = complete?.name ?? [...people.map((one) => one.name), project].find((one) => one);
  return email !== undefined && name !== undefined ? `${name} <${email}>` : undefined;
}

/** As a message names somebody. */
export const showPerson = ({name, email}: Person): string =>
  [name ?? [], email === undefined ? [] : `<${email}>`].flat().join(' ');

const isAddress = (text: string): boolean => isMaintainer(`x <${text}>`) && !hasControlCharacter(text);

/** A name without what would end the field or its parts. */
const plainName = (name: string): string =>
  name
    .replace(/[<>,"]/g, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
