import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {tagPrefix} from '../formats/release-names.js';
import type {KnownVersion} from './check-version.js';
import {openFetch} from './fetch.js';
import {findIndexAccount} from './index-account.js';
import {withLogin} from './index-state.js';
import {tryIndexAccount} from './index-trial.js';
import {knownVersions} from './known-versions.js';
import type {ReleaseSource} from './plan-release.js';

/**
 * Versions of the project that exist, wherever it is published: tags here and on the remote, apt repositories, the
 * package index. An index that does not let us ask is warned of: nothing can be published there either.
 *
 * @throws as `knownVersions`
 */
export async function versionsOf(
  source: Pick<ReleaseSource, 'project' | 'config' | 'package' | 'distribution'>,
  caller: Caller,
): Promise<readonly KnownVersion[]> {
  const {project, config, package: name, distribution} = source;
  const {release} = config;
  const apt = release.apt.flatMap(({repository}) =>
    repository === undefined ? [] : [{repository, package: name}],
  );
  const indexUrl = distribution === undefined ? undefined : await indexUrlOf(source, caller);
  const index =
    indexUrl === undefined || distribution === undefined ? {} : {index: {indexUrl, name: distribution}};
  const places = {project, tagPrefix: tagPrefix(release.tag), remotes: [release.remote], apt};
  return knownVersions({...places, ...index}, caller);
}

/** Where the index is read, with its account. */
async function indexUrlOf(
  {config}: Pick<ReleaseSource, 'config'>,
  caller: Caller,
): Promise<string | undefined> {
  const {index} = config.release;
  if (index === undefined) return undefined;
  const {name, uploadUrl, indexUrl: given} = index;
  try {
    const account = await findIndexAccount({index: name, uploadUrl, indexUrl: given}, caller);
    const ask = () => tryIndexAccount(account, openFetch(caller.environment), caller.signal);
    const indexUrl = account.indexUrl ?? (await ask()).indexUrl;
    return withLogin({...account, indexUrl});
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const {message} = error;
    caller.report({
      type: 'warning',
      code: 'index-not-asked',
      message: `Package index is not asked for its versions: ${message}`,
    });
    return undefined;
  }
}
