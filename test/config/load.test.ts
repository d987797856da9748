import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type LoadOptions, loadConfig} from '../../lib/config/load.js';
import {resolveConfig} from '../../lib/config/resolve.js';
import type {Config} from '../../lib/config/types.js';
import {inFolder, rejects} from '../helpers/suite.js';

const load = suite('config/load');

const PROJECT = '[project]\nname = "app"\nversion = "1.0"\n';

/** As `rejects`, for tests that need nothing of the error. */
const refuses = async (promise: Promise<unknown>, code: 'E_OPTION', message: RegExp): Promise<void> => {
  await rejects(promise, code, message);
};

/** Write files into a new folder, load the project in it and look at what comes out. */
function loading(
  files: Readonly<Record<string, string>>,
  options: Omit<LoadOptions, 'cwd'>,
  look: (config: Config, folder: string) => void,
): Promise<void> {
  return inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), {recursive: true});
      await writeFile(join(folder, name), text);
    }
    look(await loadConfig({cwd: folder, ...options}), folder);
  });
}

load('a project without configuration gets the defaults', () =>
  loading({'app/pyproject.toml': PROJECT}, {project: 'app'}, (config, folder) => {
    assert.equal(config.source, {kind: 'folder', path: join(folder, 'app'), installable: true});
    assert.is(config.out, join(folder, 'deb_dist'));
    assert.equal(
      [config.python, config.venv, config.compression, config.section],
      ['pypy3', 'builtin', 'xz', 'python'],
    );
    assert.equal([config.requirements, config.depends, config.files, config.configFiles], [[], [], [], []]);
    assert.equal(config.hooks, {afterInstall: [], beforePack: []});
    assert.equal([config.package, config.prefix, config.maintainer], [undefined, undefined, undefined]);
  }),
);

load('flags win over YAML, YAML over TOML, TOML over the defaults', () =>
  loading(
    {
      'pyproject.toml': `${PROJECT}[tool.mkvenvdeb]\nsection = "a"\npython = "b"\nrevision = "7"\nvenv = "virtualenv"\n`,
      'mkvenvdeb.yaml': 'section: c\npython: d\nrevision: "8"\n',
    },
    {options: {section: 'e', python: undefined, source: undefined}},
    ({section, python, revision, venv, configFiles}, folder) => {
      assert.equal([section, python, revision, venv], ['e', 'd', '8', 'virtualenv']);
      assert.equal(configFiles, [join(folder, 'pyproject.toml'), join(folder, 'mkvenvdeb.yaml')]);
    },
  ),
);

for (const [yaml, shlibs, wanted] of [
  ['{}', undefined, {exclude: [], recommends: []}],
  ['shlibs: true', undefined, {exclude: [], recommends: []}],
  ['shlibs: false', undefined, false],
  [
    'shlibs: {exclude: [liba.so.1, /opt/**/b.so]}',
    undefined,
    {exclude: ['liba.so.1', '/opt/**/b.so'], recommends: []},
  ],
  [
    'shlibs: {exclude: [liba.so.1]}',
    {recommends: ['libb.so.*']},
    {exclude: ['liba.so.1'], recommends: ['libb.so.*']},
  ],
  ['shlibs: {exclude: [liba.so.1]}', false, false],
  ['shlibs: false', {exclude: ['liba.so.1']}, {exclude: ['liba.so.1'], recommends: []}],
] as const) {
  load(`${yaml} and ${JSON.stringify(shlibs)} are ${JSON.stringify(wanted)}`, () =>
    loading(
      {'mkvenvdeb.yaml': `${yaml}\n`, 'pyproject.toml': PROJECT},
      {options: {shlibs: shlibs as never}},
      (config) => assert.equal(config.shlibs, wanted),
    ),
  );
}

load('a group that may also be switched off refuses what is neither', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'pyproject.toml'), PROJECT);
    const options = (shlibs: unknown) => ({cwd: folder, options: {shlibs: shlibs as never}});
    await refuses(
      loadConfig(options('no')),
      'E_OPTION',
      /"shlibs" has the wrong form: no\n\nUse true, false or the/,
    );
    await refuses(
      loadConfig(options({exlude: []})),
      'E_OPTION',
      /in "shlibs": exlude\n\nDid you mean "exclude"/,
    );
  }),
);

load('groups are merged key by key, lists and maps are replaced', () =>
  loading(
    {
      'pyproject.toml': `${PROJECT}[tool.mkvenvdeb]\ndepends = ["aa"]\nenvironment = {A = "1"}\nscripts = {postinst = "one", prerm = "two"}\n`,
      'mkvenvdeb.yml': 'depends: [bb, "cc, dd (>= 1)"]\nenvironment: {B: "2"}\nscripts: {postinst: three}\n',
      one: '',
      two: '',
      three: '',
    },
    {},
    (config, folder) => {
      assert.equal(config.depends, ['bb', 'cc', 'dd (>= 1)']);
      assert.equal(config.environment, {B: '2'});
      assert.equal(config.scripts, {postinst: join(folder, 'three'), prerm: join(folder, 'two')});
    },
  ),
);

load('paths in a file are relative to it, paths in options to the working folder', () =>
  loading(
    {
      'app/pyproject.toml': PROJECT,
      'app/mkvenvdeb.yaml': [
        'requirements: [req/main.txt]',
        'find_links: [wheels, "https://example.org/wheels", "file:///wheels"]',
        'preinstall: [./vendor/x, "setuptools<70", "x @ https://example.org/x.whl", x.whl]',
        'python: ./bin/pypy',
        'out: built',
        'files: [{source: conf/a, target: /etc/app/}]',
        'writeLock: lock',
      ]
        .join('\n')
        .replace('writeLock', 'write_lock'),
      'app/req/main.txt': '',
      'app/conf/a': '',
      'limits.txt': '',
    },
    {project: 'app', options: {constraints: ['limits.txt'], workDir: 'work'}},
    (config, folder) => {
      const app = join(folder, 'app');
      assert.equal(config.requirements, [join(app, 'req/main.txt')]);
      assert.equal(config.findLinks, [join(app, 'wheels'), 'https://example.org/wheels', 'file:///wheels']);
      assert.equal(config.preinstall, [
        join(app, 'vendor/x'),
        'setuptools<70',
        'x @ https://example.org/x.whl',
        join(app, 'x.whl'),
      ]);
      assert.equal(
        [config.python, config.out, config.writeLock],
        [join(app, 'bin/pypy'), join(app, 'built'), join(app, 'lock')],
      );
      assert.equal(config.files, [{source: join(app, 'conf/a'), target: '/etc/app/a'}]);
      assert.equal(
        [config.constraints, config.workDir],
        [[join(folder, 'limits.txt')], join(folder, 'work')],
      );
    },
  ),
);

load('requirements.txt is the default, an empty list turns it off', async () => {
  const files = {'pyproject.toml': PROJECT, 'requirements.txt': ''};
  await loading(files, {}, ({requirements}, folder) =>
    assert.equal(requirements, [join(folder, 'requirements.txt')]),
  );
  await loading(files, {options: {requirements: []}}, ({requirements}) => assert.equal(requirements, []));
});

load('wildcards of files become one entry for each match, in the order of their bytes', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'conf', 'deep'), {recursive: true});
    for (const name of ['b.yml', 'a.yml', 'Z.yml', '.dot.yml', 'é.yml', 'deep/c.yml', 'other']) {
      await writeFile(join(folder, 'conf', name), '');
    }
    await symlink('a.yml', join(folder, 'conf', 'link.yml'));
    const targets = async (source: string, target = '/etc/app/') => {
      const options = {
        files: [{source, target, mode: '0640'}],
        skipInstall: true,
        package: 'app',
        version: '1',
      };
      const {files} = await resolveConfig(options, {cwd: folder});
      assert.ok(files.every(({mode}) => mode === 0o640));
      return files.map(({target}) => target.replace('/etc/app/', ''));
    };
    const flat = ['.dot.yml', 'Z.yml', 'a.yml', 'b.yml', 'link.yml', 'é.yml'];
    assert.equal(await targets('conf/*.yml'), flat);
    assert.equal(await targets('conf/**/*.yml'), [
      '.dot.yml',
      'Z.yml',
      'a.yml',
      'b.yml',
      'deep/c.yml',
      'link.yml',
      'é.yml',
    ]);
    assert.equal(await targets('conf'), ['conf']);
    assert.equal(await targets('conf', '/srv/app'), ['/srv/app']);
  }),
);

for (const [text, kind] of [
  ['flask==2.3.3', {kind: 'requirement', requirement: 'flask==2.3.3', name: 'flask', version: '2.3.3'}],
  ['flask[async] >= 2, < 3', {kind: 'requirement', requirement: 'flask[async] >= 2, < 3', name: 'flask'}],
  ['flask==2.*', {kind: 'requirement', requirement: 'flask==2.*', name: 'flask'}],
  [
    'flask @ https://example.org/flask-1.whl',
    {kind: 'requirement', requirement: 'flask @ https://example.org/flask-1.whl', name: 'flask'},
  ],
] as const) {
  load(`${text} is a requirement`, () =>
    loading({}, {project: text}, ({source}) => assert.equal(source, kind)),
  );
}

for (const [name, kind] of [
  ['app-1.0.tar.gz', 'sdist'],
  ['app-1.0.tar.bz2', 'sdist'],
  ['app-1.0.zip', 'sdist'],
  ['app-1.0-py3-none-any.whl', 'wheel'],
]) {
  load(`${name} is a ${kind}`, () =>
    loading({[name as string]: ''}, {project: name}, ({source}, folder) =>
      assert.equal(source, {kind, path: join(folder, name as string)}),
    ),
  );
}

load('a folder needs no slash to be one, and may be the source that a file names', () =>
  loading({'app/setup.py': '', 'mkvenvdeb.yaml': 'source: app'}, {}, ({source, project}, folder) => {
    assert.equal(source, {kind: 'folder', path: join(folder, 'app'), installable: true});
    assert.is(project, join(folder, 'app'));
  }),
);

for (const [title, files, source, message] of [
  [
    'a file that is no archive',
    {'setup.py': ''},
    'setup.py',
    /neither an sdist nor a wheel: .*\n\nGive the folder that it lies in/,
  ],
  ['an archive that is not there', {}, 'app-1.0.tar.gz', /names nothing that exists, and is no requirement/],
  ['a folder that is not there', {}, './app', /names nothing that exists/],
  ['no requirement', {}, 'flask = 2', /names nothing that exists/],
] as const) {
  load(`${title} is refused`, () =>
    refuses(
      loading(files, {project: source}, () => {}),
      'E_OPTION',
      message,
    ),
  );
}

load('a folder without a project takes requirements only, and says what it needs then', async () => {
  const files = {'requirements.txt': 'flask'};
  const options = {skipInstall: true};
  await rejects(
    loading(files, {options}, () => {}),
    'E_OPTION',
    /2 problems\nOption "package" is missing.*\nOption "version" is missing/,
  );
  await loading(files, {options: {...options, package: 'tools', version: '1'}}, ({source, prefix}) => {
    assert.is(source.kind === 'folder' && source.installable, false);
    assert.is(prefix, '/opt/tools');
  });
});

load('a configuration file can be named, or left aside', async () => {
  const files = {
    'pyproject.toml': PROJECT,
    'mkvenvdeb.yaml': 'section: a\n',
    'ci/other.yaml': 'section: b\nsource: ..\n',
    'ci/other.toml': 'section = "c"\nsource = ".."\n',
  };
  await loading(files, {configFile: 'ci/other.yaml'}, ({section, project}, folder) =>
    assert.equal([section, project], ['b', folder]),
  );
  await loading(files, {configFile: 'ci/other.toml'}, ({section}) => assert.is(section, 'c'));
  await loading(files, {configFile: false}, ({section}) => assert.is(section, 'python'));
  await rejects(
    loading(files, {configFile: 'absent.yaml'}, () => {}),
    'E_OPTION',
    /Configuration file does not exist: absent\.yaml/,
  );
});

load('variables are replaced in URLs only, and their values are secrets', () =>
  loading(
    {'pyproject.toml': PROJECT},
    {
      environment: {TOKEN: 'p%40ss', HOST: 'example.org', PORT: '8080', KEY: 'in-the-path'},
      options: {
        indexUrl: 'https://jo:$' + '{TOKEN}@example.org/simple',
        extraIndexUrls: [
          'https://jo:other@$' + '{HOST}:$' + '{PORT}/simple',
          'https://$' + '{HOST}/$' + '{KEY}/simple',
        ],
        description: 'costs $' + '{TOKEN}',
        environment: {
          API_TOKEN: 'hidden',
          CFLAGS: '-O1',
          COMPASS_HOME: '/x',
          PGPASSWORD: 'pg',
          DB_PASS: 'db',
        },
      },
    },
    (config) => {
      assert.is(config.indexUrl, 'https://jo:p%40ss@example.org/simple');
      assert.is(config.description, 'costs $' + '{TOKEN}');
      const secrets = ['db', 'hidden', 'in-the-path', 'other', 'p%40ss', 'p@ss', 'pg'];
      assert.equal([...config.secrets].sort(), secrets);
    },
  ),
);

load('secrets in URLs do not come into messages', async () => {
  const options = {indexUrl: 'ftp://jo:hidden@example.org/simple'};
  const error = await rejects(
    loading({'pyproject.toml': PROJECT}, {options}, () => {}),
    'E_OPTION',
    /"indexUrl" is not an http/,
  );
  assert.not.match(error.message, /hidden/);
});

for (const [spelling, name] of [
  ['api', /^Option "preDepends\[0\]" is not a relation/],
  ['flag', /^Option --pre-depends is not a relation/],
] as const) {
  load(`a problem names options as ${spelling === 'api' ? 'the API' : 'the command line'} does`, async () => {
    const options = {preDepends: ['?']};
    await rejects(
      loading({'pyproject.toml': PROJECT}, {options, spelling}, () => {}),
      'E_OPTION',
      name,
    );
  });
}

load('an unknown option of the API names the nearest', async () => {
  const options = {indexURL: 'https://example.org'} as object;
  await rejects(
    resolveConfig(options, {cwd: '/'}),
    'E_OPTION',
    /Unknown option: indexURL\n\nDid you mean "indexUrl"/,
  );
});

load('a key in the spelling of the API is unknown in a file', () =>
  refuses(
    loading({'pyproject.toml': PROJECT, 'mkvenvdeb.yaml': 'indexUrl: https://example.org\n'}, {}, () => {}),
    'E_OPTION',
    /mkvenvdeb\.yaml:1: Unknown option: indexUrl\n\nDid you mean "index_url"/,
  ),
);

load('names that every object has are no options', () =>
  refuses(
    loading(
      {'pyproject.toml': PROJECT, 'mkvenvdeb.yaml': 'constructor: x\n__proto__: y\ntoString: z\n'},
      {},
      () => {},
    ),
    'E_OPTION',
    /3 problems/,
  ),
);

load('an empty file configures nothing', () =>
  loading({'pyproject.toml': PROJECT, 'mkvenvdeb.yaml': '# nothing\n'}, {}, ({section}) =>
    assert.is(section, 'python'),
  ),
);

for (const [options, message] of [
  [{compression: 'zstd', compressionLevel: 23}, /"compressionLevel" is more than 22/],
  [{compression: 'gzip', compressionLevel: 0}, /is not between 1 and 9, as gzip wants it: 0/],
  [{compression: 'none', compressionLevel: 1}, /has no meaning without compression/],
  [{compressionLevel: 1.5}, /"compressionLevel" is not a whole number/],
  [{package: 5}, /"package" is a number and must be a text: 5/],
  [{bytecode: 'yes'}, /"bytecode" is not true or false: yes/],
  [{bin: ['a/b']}, /"bin\[0\]" is not the name of a command: a\/b/],
  [{bin: 'warehouse'}, /"bin" has the wrong form: warehouse/],
  [{environment: {'A=B': 'x'}}, /"environment\.A=B" is not the name of a variable/],
  [{links: {'/usr/bin/x': '/opt/../x'}}, /"links\.\/usr\/bin\/x" is not an absolute path .*: \/opt\/\.\.\/x/],
  [{hooks: {afterInstall: [[]]}}, /"hooks\.afterInstall\[0\]" is empty/],
  [{maintainer: ''}, /"maintainer" is empty/],
  [{section: 'web\u001b[31m'}, /holds a line break or another control character: web\\u001b\[31m/],
  [{depends: null}, /"depends" has no value/],
  [{targetPython: 'pypy3'}, /"targetPython" is not an absolute path/],
] as const) {
  load(`${JSON.stringify(options)} is refused`, () =>
    refuses(
      loading({'pyproject.toml': PROJECT}, {options: options as object}, () => {}),
      'E_OPTION',
      message,
    ),
  );
}

load('a folder in place of the configuration file is refused', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'mkvenvdeb.yaml'));
    await refuses(loadConfig({cwd: folder}), 'E_OPTION', /^Configuration file is a folder: mkvenvdeb\.yaml/);
  }),
);

load('what the system does not let us read is an error of the system', async () => {
  await rejects(
    loadConfig({cwd: '/', project: `/${'x'.repeat(300)}`}),
    'E_IO',
    /^Name too long while reading the configuration/,
  );
});

for (const [written, message] of [
  ['bytecode: no\n', /yaml:1: Option "bytecode" is not true or false: no\n\nWrite false$/],
  ['keep_pip: yes\n', /Option "keep_pip" is not true or false: yes\n\nWrite true$/],
  ['depends: libpq5\n', /Option "depends" is not a list: libpq5\n\nWrite a list: \["libpq5"\]$/],
  [
    'out: ~/debs\n',
    /yaml:1: Option "out" begins with ~, .*: ~\/debs\n\nWrite the whole path \(or \.\/~\/debs\)$/,
  ],
  ['find_links: ["~jo/wheels"]\n', /Option "find_links\[0\]" begins with ~/],
  ['scripts: {postinst: ~/postinst}\n', /Option "scripts\.postinst" begins with ~/],
  ['files: [{source: ~/x, target: /x}]\n', /Option "files\[0\]\.source" begins with ~/],
] as const) {
  load(`${written.trim()} is refused with what was meant`, () =>
    refuses(
      loading({'pyproject.toml': PROJECT, 'mkvenvdeb.yaml': written}, {}, () => {}),
      'E_OPTION',
      message,
    ),
  );
}

load('a name that only begins like a home folder is a path like any other', () =>
  loading({'pyproject.toml': PROJECT}, {options: {out: './~/x', workDir: '~x'}}, ({out, workDir}, folder) => {
    assert.equal([out, workDir], [join(folder, '~/x'), join(folder, '~x')]);
  }),
);

load.run();
