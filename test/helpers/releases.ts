import {basename} from 'node:path';
import {openCaller} from '../../lib/context.js';
import {digestFile} from '../../lib/formats/digests.js';
import type {Artifact, Release} from '../../lib/release/target.js';
import type {ReportEvent} from '../../lib/report.js';

const KINDS: readonly (readonly [RegExp, Artifact['kind']])[] = [
  [/\.whl$/, 'wheel'],
  [/\.deb$/, 'deb'],
  [/\.buildinfo$/, 'buildinfo'],
  [/\.changes$/, 'changes'],
  [/\.tar\.gz$/, 'sdist'],
];

/** A file of a release, its kind by its name. */
export async function artifactOf(file: string): Promise<Artifact> {
  const kind = KINDS.find(([pattern]) => pattern.test(basename(file)))?.[1] ?? 'sdist';
  return {kind, file, ...(await digestFile(file))};
}

/** A release of `own-app` 26.11.3 with these files. */
export const releaseOf = async (files: readonly string[], more: Partial<Release> = {}): Promise<Release> => ({
  package: 'own-app',
  distribution: 'own-app',
  version: '26.11.3',
  tag: 'v26.11.3',
  commit: '0'.repeat(40),
  project: '/nonexistent',
  artifacts: await Promise.all(files.map(artifactOf)),
  ...more,
});

/** Without its files: what is known before anything is built. */
export function plannedOf({artifacts: _artifacts, ...planned}: Release) {
  return planned;
}

/** Who calls, with a home and an environment of its own, and what is reported. */
export function openTestCaller(
  home: string,
  environment: Readonly<Record<string, string | undefined>> = {PATH: process.env.PATH},
) {
  const events: ReportEvent[] = [];
  const caller = {...openCaller({cwd: home, report: (event) => events.push(event)}), home, environment};
  return {caller, events};
}
