import {type Caller, definedOnly} from '../context.js';
import {unboundEnvironment} from '../formats/git.js';
import type {ReleasePlan} from './plan-release.js';
import type {Artifact} from './target.js';

/** Accounts of publishing: neither tests nor what a gate runs have a use for them. */
const PUBLISHING = /^TWINE_|^MKVENVDEB_|^(?:UV|FLIT|HATCH_INDEX|POETRY_PYPI)_|^GPG_|PASSPHRASE/i;
const SECRET = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_?KEY)(?:_|$)/i;

/**
 * Environment of the commands that a project brings: the caller's without what belongs to publishing or is secret by
 * its name, unless `release.pass_environment` names it, and what is released.
 */
export function commandEnvironment(
  plan: ReleasePlan,
  caller: Caller,
  artifacts: readonly Artifact[] = [],
): Record<string, string> {
  const passed = new Set(plan.config.release.passEnvironment);
  const own = Object.entries(unboundEnvironment(definedOnly(caller.environment))).filter(
    ([name]) => passed.has(name) || !(PUBLISHING.test(name) || SECRET.test(name)),
  );
  const {package: name, version, tag, commit, facts} = plan;
  return {
    ...Object.fromEntries(own),
    MKVENVDEB_PACKAGE: name,
    MKVENVDEB_VERSION: version,
    MKVENVDEB_TAG: tag,
    MKVENVDEB_COMMIT: commit,
    MKVENVDEB_FILES: artifacts.map(({file}) => file).join('\n'),
    SOURCE_DATE_EPOCH: String(facts.time),
  };
}
