import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {planDeb, type Warning} from '../lib/index.js';
import {completeFields, type Plan} from '../lib/plan.js';
import {formatControl} from '../lib/policy/control.js';
import {rejects} from './helpers/suite.js';
import {ownTemporaryFolder} from './helpers/traces.js';
import {writeTree} from './helpers/wheels.js';

const test = suite('plan');
const own = await ownTemporaryFolder();
let count = 0;

/** Plan a package of a project with these lines in its `[project]` table. */
async function planned(lines: string): Promise<{plan: Plan; warnings: Warning[]}> {
  const folder = join(own, `project-${++count}`);
  await writeTree(folder, {'pyproject.toml': `[project]\nname = "fx"\nversion = "1.0"\n${lines}`});
  const warnings: Warning[] = [];
  const report = (event: {readonly type: string}) =>
    event.type === 'warning' ? warnings.push(event as Warning) : undefined;
  return {
    plan: await planDeb({source: folder, python: '/usr/bin/python3', cwd: own, sourceDateEpoch: 1, report}),
    warnings,
  };
}

/** What a wheel of the project tells. */
const told = (plan: Plan, changes: object, warnings: Warning[]) =>
  completeFields(plan, {
    project: {...plan.project, ...changes},
    newestMember: 1,
    caller: {
      cwd: own,
      environment: {},
      home: own,
      cache: own,
      temporary: [],
      machine: process.arch,
      warnings: [],
      hide: () => {},
      conceal: (error) => error,
      report: (event) => event.type === 'warning' && warnings.push(event),
    },
  });

const AUTHORS = 'authors = [{name = "Acme, Inc.", email = "x@acme.com"}]\n';

test('an author whose name could not stand in the field stands there without what is wrong', async () => {
  const {plan} = await planned(AUTHORS);
  assert.is(plan.fields.maintainer, 'Acme Inc. <x@acme.com>');
});

test('an author without an address is named, and what is missing', async () => {
  await rejects(
    planned('authors = [{name = "Jo Doe"}]\n'),
    'E_OPTION',
    /^Maintainer has no mail address: Jo Doe\n.*Add the address.*DEBEMAIL/s,
  );
});

test('a project that names nobody is told so', async () => {
  await rejects(planned(''), 'E_OPTION', /^Neither the options nor the project tell: maintainer\n/);
});

test('a homepage that is no URL is left out with a warning, once', async () => {
  const {plan, warnings} = await planned(`${AUTHORS}[project.urls]\nHomepage = "www.example.org"\n`);
  const codes = () => warnings.map(({code, message}) => `${code}: ${message}`);
  const warning = (url: string) =>
    `unusable-homepage: Homepage of the project is no http or https URL: ${url}`;
  assert.is(plan.fields.homepage, undefined);
  assert.equal(codes(), [warning('www.example.org')]);
  assert.is(told(plan, {}, warnings).homepage, undefined);
  assert.equal(codes(), [warning('www.example.org')]);
  assert.is(told(plan, {homepage: 'ftp://example.org'}, warnings).homepage, undefined);
  assert.equal(codes().slice(1), [warning('ftp://example.org')]);
});

test('a homepage that is a URL is taken without a word', async () => {
  const {plan, warnings} = await planned(`${AUTHORS}[project.urls]\nHomepage = "https://example.org/"\n`);
  assert.is(plan.fields.homepage, 'https://example.org/');
  assert.equal(warnings, []);
});

test('whatever a wheel says of itself, its control file can be written', async () => {
  const {plan} = await planned(AUTHORS);
  for (const changes of [
    {summary: 'bell \u0007 and\u2028line\u0085end'},
    {summary: '- '.repeat(60)},
    {summary: '\u0000'},
    {summary: 'x'.repeat(5000)},
    {name: 'f\u0007x'},
    {homepage: 'https://example.org/\u0007'},
    {maintainers: [{name: 'Jo\u0007Doe', email: 'jo@example.org'}]},
  ]) {
    const named = {...plan, config: {...plan.config, package: 'fx'}};
    const fields = told(named, changes, []);
    const rest = {architecture: 'all', installedSize: 1, section: 'python', priority: 'optional'};
    assert.match(formatControl({...fields, ...rest}), /^Description: \S/m, JSON.stringify(changes));
  }
});

test.after(() => rm(own, {recursive: true, force: true}));
test.run();
