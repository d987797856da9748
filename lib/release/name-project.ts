import {MkvenvdebError} from '../errors.js';

/** Where a project was read, and what its user calls it. */
export interface Renamed {
  /** Absolute folder in a checkout that is removed again. */
  readonly folder: string;
  /** Absolute folder in the user's work tree. */
  readonly project: string;
}

/** An error that names the user's files in place of those of a checkout that nobody can look into. */
export function nameProject(error: unknown, {folder, project}: Renamed): unknown {
  if (!(error instanceof MkvenvdebError) || error.constructor !== MkvenvdebError) return error;
  const named = (text: string) => text.replaceAll(folder, project);
  const {code, message, issues, hint} = error;
  return new MkvenvdebError(code, named(message), {
    issues: issues.map(named),
    ...(hint === undefined ? {} : {hint: named(hint)}),
    cause: error,
  });
}
