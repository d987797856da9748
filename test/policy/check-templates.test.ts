import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {assertTemplates} from '../../lib/policy/check-templates.js';
import {inFolder, throws} from '../helpers/suite.js';
import {writeTree} from '../helpers/wheels.js';

const questions = suite('policy/check-templates');

const ONE = 'Template: a/b\nType: string\nDescription: Ask\n';
const OTHER = 'Template: a/c\nType: note\nDescription: Tell\n more\n .\n   kept\n';

const LOAD = 'Debconf::Db->load; Debconf::Template->load($ARGV[0], "a")';
/** Whether debconf itself loads that text. */
const loads = (text: string): Promise<boolean> =>
  inFolder(async (folder) => {
    const databases = ['config', 'templates'].map(
      (name) => `Name: ${name}\nDriver: File\nMode: 644\nFilename: ${folder}/${name}.dat\n`,
    );
    await writeTree(folder, {
      rc: ['Config: config\nTemplates: templates\n', ...databases].join('\n'),
      templates: text,
    });
    const env = {DEBCONF_SYSTEMRC: join(folder, 'rc'), DEBIAN_FRONTEND: 'noninteractive', HOME: folder};
    const load = ['-MDebconf::Db', '-MDebconf::Template', '-e', LOAD, join(folder, 'templates')];
    const {exitCode} = await execa('perl', load, {env, reject: false});
    return exitCode === 0;
  });

for (const [title, text] of [
  ['one question', ONE],
  ['two', `${ONE}\n${OTHER}`],
  ['a line break before the first', `\n${ONE}`],
  ['two blank lines between them', `${ONE}\n\n${OTHER}`],
  ['a blank line at the end', `${ONE}\n`],
  ['fields in small letters', ONE.toLowerCase()],
  ['a field that only translators know', `${ONE}Foo: bar\n`],
] as const) {
  questions(`debconf loads ${title}`, async () => {
    assert.ok(await loads(text));
    assertTemplates(text, 'templates');
  });
}

for (const [title, text, message] of [
  ['what is no template', 'hello\n', /^Template 1 has a line that is no field: "hello": templates\n/],
  ['a comment', `# why\n${ONE}`, /^Template 1 has a line that is no field: "# why"/],
  ['a byte order mark', `\uFEFF${ONE}`, /^Template 1 has a line that is no field/],
  ['no name', 'Type: string\nDescription: Ask\n', /^Template 1 has no name/],
  ['two without a line between them', ONE + OTHER, /^Template 1 has the field Template twice/],
  ['three blank lines between them', `${ONE}\n\n\n${OTHER}`, /^Template 2 is empty/],
  ['two blank lines at the end', `${ONE}\n\n`, /^Template 2 is empty/],
] as const) {
  questions(`debconf does not load ${title}`, async () => {
    assert.not(await loads(text));
    const error = throws(() => assertTemplates(text, 'templates'), 'E_PAYLOAD', message);
    assert.match(error.hint ?? '', /Template: PACKAGE\/NAME/);
  });
}

for (const [title, text, message] of [
  ['no type', 'Template: a/b\nDescription: Ask\n', /^Template 1 has no type/],
  ['an unknown type', ONE.replace('string', 'strng'), /^Template 1 is of a type .* not know: strng/],
  ['a blank in a name', ONE.replace('a/b', 'a b'), /^Template 1 has a blank in its name: a b/],
  ['a name twice', `${ONE}\n${ONE}`, /^Template 2 is there already: a\/b/],
] as const) {
  questions(`refuses ${title}, with which nothing could be asked`, () => {
    throws(() => assertTemplates(text, 'templates'), 'E_PAYLOAD', message);
  });
}

questions('debconf does not load the line breaks of Windows', async () => {
  const text = `${ONE}\n${OTHER}`.replaceAll('\n', '\r\n');
  assert.not(await loads(text));
  throws(() => assertTemplates(text, 'templates'), 'E_PAYLOAD', /line breaks of Windows: templates/);
});

questions('tells everything at once', () => {
  const {issues} = throws(
    () => assertTemplates('Foo: x\n\nhello\n', 't'),
    'E_PAYLOAD',
    /^Template 1 has no name/,
  );
  assert.is(issues.length, 5);
});

questions.run();
