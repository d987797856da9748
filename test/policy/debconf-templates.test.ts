import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readTemplates} from '../../lib/policy/debconf-templates.js';
import {fixture, inFolder, rejects} from '../helpers/suite.js';
import {type Files, writeTree} from '../helpers/wheels.js';

const templates = suite('policy/debconf-templates');

const APPLICATION = fixture('debian', 'application', 'debian', 'fxserver-py3.templates');
const HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n';
const po = (messages: Record<string, string>): string =>
  HEADER +
  Object.entries(messages)
    .map(([id, text]) => `\nmsgid ${JSON.stringify(id)}\nmsgstr ${JSON.stringify(text)}\n`)
    .join('');

/** What po2debconf, which dh_installdebconf runs, makes of the same file. */
const theirs = async (file: string): Promise<string> =>
  (await execa('po2debconf', [file], {stripFinalNewline: false})).stdout;

templates('the fixture becomes what po2debconf makes of it', async () => {
  const ours = await readTemplates(APPLICATION);
  assert.is(ours, await theirs(APPLICATION));
  assert.match(ours, /^Choices-de\.UTF-8: nobody, Mitglieder\\, eingetragene, alle$/m);
  assert.match(ours, /^Choices-no\.UTF-8: liten, big$/m);
});

const GERMAN = {Ask: 'Frage', 'a b': 'x y', c: 'z', 'a,b': 'c,d', 'one\n  two': 'eins\n  zwei'};
const CASES: readonly (readonly [title: string, text: string])[] = [
  ['a field of one line', 'Template: a/b\nType: string\n_Description: Ask\n'],
  ['a paragraph of several lines', 'Template: a/b\n_Description: Ask\n a\n b\n'],
  ['paragraphs', 'Template: a/b\n_Description: Ask\n a b\n .\n c\n'],
  ['empty paragraphs', 'Template: a/b\n_Description: Ask\n .\n a b\n .\n .\n c\n'],
  ['a paragraph that is not translated', 'Template: a/b\n_Description: Ask\n a b\n .\n no\n'],
  ['lines that are kept', 'Template: a/b\n_Description: Ask\n one\n   two\n .\n c\n'],
  ['a field without its first line', 'Template: a/b\n_Description:\n a b\n'],
  ['an empty field', 'Template: a/b\n_Default:\n_Description: Ask\n'],
  ['choices', 'Template: a/b\n__Choices: c,  a\\,b,Ask\n_Description: Ask\n'],
  ['choices as one text', 'Template: a/b\n_Choices: a,b\n_Description: Ask\n'],
  ['notes', 'Template: a/b\n__Choices: c[ x], c[ y]\n_Default: c[ none]\n_Description: Ask\n'],
  ['comments', '# first\n# second\nTemplate: a/b\n# third\n_Description: Ask\n# last\n'],
  ['parts', 'Template: a/b\n#flag:translate:1,3\n__Choices: c, no, Ask\n_Description: Ask\n'],
  ['no parts', 'Template: a/b\n#flag:comment:1\n#flag:translate!:2-3\n__Choices: c, no, nor\n'],
  ['some of it', 'Template: a/b\n#flag:partial\n_Description: Ask\n no\n .\n c\n'],
  ['several templates', 'Template: a/b\n_Description: Ask\n\nTemplate: a/c\n_Description: c\n a b\n'],
  ['a file without an end of line', 'Template: a/b\n_Description: Ask'],
];
for (const [title, text] of CASES) {
  templates(`po2debconf makes the same of ${title}`, () =>
    inFolder(async (folder) => {
      await writeTree(folder, {templates: text, 'po/de.po': po(GERMAN), 'po/fr.po': po({c: 'v'})});
      const file = join(folder, 'templates');
      assert.is(await readTemplates(file), await theirs(file));
    }),
  );
}

templates('without translations, fields lose their mark; a file without any is left as it is', () =>
  inFolder(async (folder) => {
    const plain = '# kept\nTemplate: a/b\nDescription: Ask\n';
    await writeTree(folder, {marked: 'Template: a/b\n__Choices: a, b\n_Description: Ask\n', plain});
    assert.is(
      await readTemplates(join(folder, 'marked')),
      'Template: a/b\nChoices: a, b\nDescription: Ask\n',
    );
    assert.is(await readTemplates(join(folder, 'plain')), plain);
  }),
);

templates('debconf takes the questions with their translations', () =>
  inFolder(async (folder) => {
    const databases = ['config', 'templates'].map(
      (name) => `Name: ${name}\nDriver: File\nMode: 644\nFilename: ${folder}/${name}.dat\n`,
    );
    const rc = join(folder, 'rc');
    await writeFile(rc, ['Config: config\nTemplates: templates\n', ...databases].join('\n'));
    const file = join(folder, 'fxserver.templates');
    await writeFile(file, await readTemplates(APPLICATION));
    const load = '. /usr/share/debconf/confmodule; db_x_loadtemplatefile "$0" fxserver';
    const env = {DEBCONF_SYSTEMRC: rc, DEBIAN_FRONTEND: 'noninteractive', HOME: folder};
    await execa('debconf', ['-ofxserver', 'sh', '-c', load, file], {env});
    const loaded = await readFile(join(folder, 'templates.dat'), 'utf8');
    assert.match(loaded, /^Choices-de\.utf-8: nobody, Mitglieder/m);
    assert.match(loaded, /^Extended_description-de\.utf-8: Der Name.*ändern\.\\n\\n/m);
  }),
);

const REFUSED: readonly (readonly [title: string, files: Files, message: RegExp])[] = [
  [
    'another charset',
    {'po/de.po': HEADER.replace('UTF-8', 'KOI8-R')},
    /not UTF-8: .*\/po\/de\.po \(KOI8-R\)/,
  ],
  ['what is no PO file', {'po/de.po': `${HEADER}odd\n`}, /Line 3 is none of a PO file: .*de\.po/],
  ['a flag that nobody knows', {templates: '#flag:odd\n_Description: Ask\n'}, /not known: #flag:odd in /],
  ['an empty file', {templates: '\n'}, /is empty: .*templates/],
];
for (const [title, files, message] of REFUSED) {
  templates(`refuses ${title}`, () =>
    inFolder(async (folder) => {
      await writeTree(folder, {templates: '_Description: Ask\n', ...files});
      await rejects(readTemplates(join(folder, 'templates')), 'E_PAYLOAD', message);
    }),
  );
}

templates.run();
