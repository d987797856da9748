import type {Issue} from '../model.js';
import {aptIssue} from './check-codes.js';
import {now} from './clock.js';
import {clearText} from './openpgp-armor.js';
import {parseRelease, type ReleaseFile, type SuiteFacts} from './release-file.js';
import type {Storage} from './storage.js';
import type {Verdict, Verifier} from './verify.js';

/** apt takes a date from the near future (Acquire::Max-FutureTime). */
const AHEAD = 10;

/** What vouches for a suite, as it lies there. */
export interface FoundRelease {
  readonly inRelease: Buffer | undefined;
  readonly plain: Buffer | undefined;
  readonly detached: Buffer | undefined;
  /** Of InRelease; undefined where it is gone or damaged. */
  readonly release: ReleaseFile | undefined;
  /** Of its signature. */
  readonly verdict: Verdict | undefined;
}

/** Read InRelease, Release and Release.gpg of a suite, and verify what is signed. */
export async function findRelease(
  storage: Storage,
  verifier: Verifier,
  suite: string,
): Promise<FoundRelease> {
  const [inRelease, plain, detached] = await Promise.all(
    ['InRelease', 'Release', 'Release.gpg'].map((name) => storage.read(`dists/${suite}/${name}`)),
  );
  return {
    inRelease,
    plain,
    detached,
    release: inRelease && readable(() => parseRelease(clearText(inRelease.toString(), ''), '')),
    verdict: inRelease && (await verifier.clear(inRelease)),
  };
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // whatever is wrong with it, it is no Release
  }
}

/** Check what vouches for a suite. */
export async function checkRelease(
  found: FoundRelease,
  facts: SuiteFacts,
  verifier: Verifier,
): Promise<readonly Issue[]> {
  const {inRelease, release, verdict} = found;
  const file = `dists/${facts.suite}/InRelease`;
  if (inRelease === undefined) return [aptIssue('no-release', {file, message: 'It is not there'})];
  const issues: Issue[] = [];
  if (release === undefined)
    issues.push(aptIssue('unreadable-release', {file, message: 'It is no signed Release file'}));
  else if (verdict?.problem !== undefined)
    issues.push(aptIssue('bad-signature', {file, message: `Signature is not good: ${verdict.problem}`}));
  else
    for (const key of verdict?.missing ?? [])
      issues.push(aptIssue('missing-signature', {file, message: `Not signed by ${key}`}));
  if (release === undefined) return issues;
  return [
    ...issues,
    ...(await checkPlain(found, facts.suite, verifier)),
    ...checkDates(release, file),
    ...checkFacts(release.facts, facts, file),
  ];
}

async function checkPlain(
  {inRelease, plain, detached, release}: FoundRelease,
  suite: string,
  verifier: Verifier,
): Promise<readonly Issue[]> {
  const [file, apart] = [`dists/${suite}/Release`, `dists/${suite}/Release.gpg`];
  const text = Buffer.from(clearText(inRelease?.toString() ?? '', file));
  if (plain === undefined || detached === undefined) {
    const gone = plain === undefined ? file : apart;
    return [aptIssue('other-release', {file: gone, message: 'It is not there'})];
  }
  const problem = async (signed: Buffer) => (await verifier.detached(signed, detached)).problem;
  const isSame = plain.equals(text);
  const ofPlain = await problem(plain);
  if (isSame && ofPlain === undefined) return [];
  const later = readable(() => parseRelease(plain.toString(), file));
  const isLater = later !== undefined && release !== undefined && later.date > release.date;
  // Release is written before its signature, and both before InRelease.
  if (isLater && (ofPlain === undefined || (await problem(text)) === undefined))
    return [aptIssue('unfinished', {file, message: 'It is of a publication that was broken off'})];
  if (!isSame) return [aptIssue('other-release', {file, message: 'It says something else than InRelease'})];
  return [aptIssue('other-release', {file: apart, message: `Signature is not good: ${ofPlain}`})];
}

function checkDates({date, facts: {validFor}}: ReleaseFile, file: string): readonly Issue[] {
  const moment = (seconds: number) => new Date(seconds * 1000).toISOString();
  const today = now();
  if (date > today + AHEAD) return [aptIssue('future-date', {file, message: `Its date is ${moment(date)}`})];
  if (validFor === undefined) return [];
  const until = date + validFor;
  if (until <= today) return [aptIssue('expired', {file, message: `It was valid until ${moment(until)}`})];
  if (until - today >= validFor / 4) return [];
  return [aptIssue('expires-soon', {file, message: `It is valid until ${moment(until)}`})];
}

function checkFacts(published: SuiteFacts, wanted: SuiteFacts, file: string): readonly Issue[] {
  const names = Object.keys({...published, ...wanted}) as (keyof SuiteFacts)[];
  const differing = names.filter((name) => String(published[name]) !== String(wanted[name]));
  if (differing.length === 0) return [];
  return [aptIssue('other-settings', {file, message: `Published otherwise: ${differing.join(', ')}`})];
}
