import {hasControlCharacter} from './names.js';

/** Name of a cell: it becomes the name of a folder. */
export const isReleaseId = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(text);

/** Name of a suite in a repository. */
export const isSuiteName = (text: string): boolean => /^[a-z0-9][a-z0-9.+_-]*$/.test(text);

/** A name of a ref below refs/tags (git-check-ref-format(1)) that no option of git can be taken for. */
const isTagName = (text: string): boolean =>
  !hasControlCharacter(text) &&
  !/[ ~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\/\.|\.lock(?:\/|$)/.test(text) &&
  text !== '' &&
  text !== '@';

const VERSION = '{version}';

/** What tags are made from: `v{version}`. The version ends it, so that it can be told from the rest. */
export const isReleaseTag = (text: string): boolean =>
  text.endsWith(VERSION) &&
  text.indexOf(VERSION) === text.length - VERSION.length &&
  isTagName(tagOf(text, '1.0'));

export const tagOf = (format: string, version: string): string => format.replace(VERSION, () => version);

/** What stands before the version in a tag. */
export const tagPrefix = (format: string): string => format.slice(0, -VERSION.length);

/** Name or URL of a git remote that is no option, and no transport that runs commands (gitremote-helpers(7)). */
export const isRemote = (text: string): boolean => !/^-|^\w+::|\s/.test(text) && text !== '';
