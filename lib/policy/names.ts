import {MkvenvdebError} from '../errors.js';
import {isDistributionName, isPackageName, normalizeName} from '../formats/names.js';

/**
 * The Debian package name for a Python project: its normalised name (PEP 503), and `python-` before it where that is
 * too short for a package (deb-control(5) asks for two characters).
 *
 * @throws E_OPTION when the project's name is none
 */
export function toPackageName(project: string): string {
  const name = normalizeName(project);
  if (!isDistributionName(project)) {
    throw new MkvenvdebError(
      'E_OPTION',
      `Project name cannot become a package name: ${JSON.stringify(project)}`,
      {
        hint: 'Set "package" to the name that the Debian package shall have',
      },
    );
  }
  return isPackageName(name) ? name : `python-${name}`;
}
