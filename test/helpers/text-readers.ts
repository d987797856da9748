import {clearText} from '../../lib/apt/openpgp-armor.js';
import {parsePackages} from '../../lib/apt/packages-index.js';
import {parseRelease} from '../../lib/apt/release-file.js';
import {followScript, type ScriptWorld} from '../../lib/archive/upgrade-shell.js';
import {parseControl} from '../../lib/config/debian/control.js';
import {failsWhenTriggered} from '../../lib/config/debian/triggered.js';
import type {Problem} from '../../lib/config/problems.js';
import {readPylock} from '../../lib/config/pylock.js';
import {readPyproject} from '../../lib/config/pyproject.js';
import {readSetupCfg} from '../../lib/config/setup-cfg.js';
import {parseToml, readToml} from '../../lib/config/toml.js';
import {type FileContent, readYaml} from '../../lib/config/yaml.js';
import {parseChangelog} from '../../lib/formats/changelog.js';
import {parseCoreMetadata, parsePerson} from '../../lib/formats/core-metadata.js';
import {globToRegExp} from '../../lib/formats/glob.js';
import {parseIni} from '../../lib/formats/ini.js';
import {loginsOfNetrc} from '../../lib/formats/logins.js';
import {parseMailDate} from '../../lib/formats/mail-date.js';
import {evaluateMakefile} from '../../lib/formats/make-evaluate.js';
import {parseMarkdownChangelog} from '../../lib/formats/markdown-changelog.js';
import {parseMounts} from '../../lib/formats/mounts.js';
import {findNeedles, makeNeedle} from '../../lib/formats/needles.js';
import {parsePo} from '../../lib/formats/po.js';
import {parseRecord} from '../../lib/formats/record.js';
import {parseRequirement, parseRequirementsFile} from '../../lib/formats/requirements.js';
import {findSecrets} from '../../lib/formats/secrets.js';
import {parseShellScript} from '../../lib/formats/shell-script.js';
import {readShellLine} from '../../lib/formats/shell-words.js';
import {parseStanzas} from '../../lib/formats/stanza.js';
import {parseSubstvars, relationList, substitute} from '../../lib/formats/substvars.js';
import {runFilters, splitPipe} from '../../lib/formats/text-filters.js';
import {execWords, parseUnit} from '../../lib/formats/unit.js';
import {assertTemplates} from '../../lib/policy/check-templates.js';
import {localizeTemplates} from '../../lib/policy/debconf-templates.js';
import {describeProject, formatDescription} from '../../lib/policy/description.js';
import {readClassifiers, readExpression, readFreeName} from '../../lib/policy/licence-names.js';
import {copyrightStatements, licenceBody, recogniseLicence} from '../../lib/policy/licence-texts.js';
import {parseBuildinfo} from '../../lib/policy/read-buildinfo.js';
import {parseRelations} from '../../lib/policy/relations.js';
import {parseSymbols} from '../../lib/policy/symbols.js';
import {parseDebianVersion} from '../../lib/policy/version.js';
import {parseDirectUrl} from '../../lib/relocate/direct-url.js';
import {relocatePyvenv} from '../../lib/relocate/pyvenv.js';
import {relocateScript} from '../../lib/relocate/shebangs.js';

/** A reader of text that comes from a project, a distribution or a package, and something that it reads. */
export interface TextReader {
  readonly name: string;
  readonly sample: string;
  readonly read: (text: string) => unknown;
}

const CHANGELOG = `example (1:1.2-3) unstable; urgency=medium, binary-only=yes

  * First change. (Closes: #12, #13)
    [ Jo Doe ]
  - another

 -- Jo Doe <jo@example.org>  Thu, 01 Jan 1970 00:00:00 +0000

example (1.0) stable; urgency=low

  * Old.

 -- Jo <jo@example.org>  Wed, 31 Dec 1969 00:00:00 +0000
`;
const MARKDOWN = `# Changelog

<!-- comment -->
## [1.2.0] - 2024-01-02
### Added
- **bold** and \`code\` of [a link](https://example.org/(x)) \\*
  - below, *it* __too__
1. one

Version 1.0
-----------
* <https://example.org>
`;
const MAKEFILE = `export A = one two
B := $(A) $(patsubst %o,%x,$(A)) $(foreach x,a b,$(x)c)
ifeq ($(B),x) # comment
C += \${A}
else ifdef D
endif
define X
endef
include /usr/share/dpkg/default.mk
%: a b
\tdh $@ --with python-virtualenv
override_dh_auto_test: ; true
\ttest "$$x" \\
\t  'y'
`;
const REQUIREMENTS = `# comment
-r other.txt
--index-url https://user:pw@example.org/simple
name[extra, more] >= 1.0, < 2 ; python_version > "3" --hash=sha256:00 \\
  --hash sha256:11
name @ https://example.org/x-1.0.tar.gz#egg=name
./local-1.0.tar.gz ; marker
-e .
`;
const PO = `# comment
#, fuzzy
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"
msgctxt "c"
msgid "one\\x41\\101"
"more"
msgstr "eins"
`;
const STANZAS = 'Source: example\nField: one\n two\n # no\n\n# comment\nPackage: a\nArchitecture: any\n';
const METADATA = `Metadata-Version: 2.1
Name: example
Version: 1.0
Author-email: "Doe, Jo" <jo@example.org>, x@example.org
Author: Jo Doe, Other
Project-URL: Home-Page, https://example.org
License: text
        more
Requires-Dist: x (>=1) ; extra == 'y'

Description
`;
const SHELL = `#!/bin/sh
set -e
case "$1" in
  configure) x="a $y \${z:-w} $(true)" systemctl start 'a.service' ;;
  *) if [ -d /x ] && ! true || false; then exit 1; fi ;;
esac
f() { for a in b c; do echo <<E | cat; done; }
text
E
`;
const TEMPLATES = `#flag:translate:1,3-5
Template: a/b
Type: select
__Choices: one\\, two, three[ note]
_Description: Short
 Long
 .
  Indented
`;
const BUILDINFO = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Format: 1.0
Source: example (1.0)
Binary: example
Version: 1.0
Checksums-Sha256:
 ${'0'.repeat(64)} 10 example_1.0_all.deb
Installed-Build-Depends:
 python3:amd64 (= 3.11.2-1),
Environment:
 LANG="C \\" x"
-----BEGIN PGP SIGNATURE-----

x
-----END PGP SIGNATURE-----
`;
const PYPROJECT = `[project]
name = "example"
version = "1.0"
authors = [{name = "Jo", email = "jo@example.org"}]
dependencies = ["x >= 1"]
[project.scripts]
"example" = 'example:main'
[tool.mkvenvdeb]
package = "example" # comment
depends = ["a", "b"]
hooks.after_install = [["true"]]
`;
const YAML = `package: example
depends: [a, "b (>= 1)"]
scripts: {postinst: x}
description: |
  one
  two
hooks: &a
  after_install: [["true"]]
`;
const PYLOCK = `lock-version = "1.0"
[[packages]]
name = "x"
version = "1.0"
marker = "python_version > '3'"
wheels = [{url = "https://example.org/x.whl", hashes = {sha256 = "00"}}]
[[packages]]
name = "y"
directory = {path = "sub", editable = true}
[[packages]]
name = "z"
vcs = {type = "git", url = "https://example.org", commit-id = "00", subdirectory = "s"}
`;
const LICENCE = `The MIT License

Copyright (c) 2020-2024 Jo Doe. All rights reserved.

Permission is hereby granted, free of charge, to any person
GNU GENERAL PUBLIC LICENSE
 Version 2, June 1991
END OF TERMS AND CONDITIONS
`;
const SYMBOLS = `libx.so.1 libx1 #MINVER#, libx1 (>= 1)
| libx1 #MINVER#
* Build-Depends-Package: libx-dev
 a@Base 1.0 1
 (optional|c++)"b c@VERS_1" 1.1
#MISSING: 1.2# d@Base 1.0
`;

/** A configuration, and where each of its keys stands. */
function readConfig(read: (problems: Problem[]) => FileContent | undefined): unknown {
  const problems: Problem[] = [];
  const content = read(problems);
  for (const key of Object.keys(content?.values ?? {})) {
    content?.locate?.([key]);
    content?.written?.([key]);
  }
  return problems;
}

const MESSAGES = new Map([
  ['Short', 'Kurz'],
  ['Long', 'Lang'],
]);
const CHANGE = {spellings: ['/build/app'], prefix: '/opt/app'};
const MAKE = {
  environment: {PATH: '/bin'},
  include: (file: string) => (file.startsWith('/usr') ? {DEB_SOURCE: 'x'} : undefined),
  shell: () => undefined,
};

const WORLD: ScriptWorld = {args: ['configure', '1.0'], exists: () => undefined};

const formats: readonly (readonly [name: string, sample: string, read: (text: string) => unknown])[] = [
  ['changelog', CHANGELOG, (text) => parseChangelog(text, 'changelog')],
  ['markdown changelog', MARKDOWN, parseMarkdownChangelog],
  ['makefile', MAKEFILE, (text) => evaluateMakefile(text, MAKE)],
  ['requirements', REQUIREMENTS, (text) => parseRequirementsFile(text, {})],
  ['requirement', 'name[extra] (>= 1.0, < 2) ; python_version > "3"', parseRequirement],
  ['po', PO, (text) => parsePo(text, 'de.po')],
  ['ini', '[metadata]\nname = x\n; no\nlong =\n  one\n  two\n[options]\na: b\n', (text) => parseIni(text)],
  ['stanzas', STANZAS, (text) => parseStanzas(text, 'control')],
  ['record', 'a/b.py,sha256=abc,12\r\n"x ""y"", z",,\n', (text) => parseRecord(text, 'RECORD')],
  ['core metadata', METADATA, (text) => parseCoreMetadata(text)],
  ['person', '"Doe, \\"Jo\\"" <jo@example.org>', parsePerson],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's variables
  ['substvars', 'a:b=x ${c}, y\nc?+=d\n', (text) => substitute(text, parseSubstvars(text))],
  ['relation list', 'a (>= 1) | b , , c', relationList],
  ['shell script', SHELL, parseShellScript],
  ['shell words', 'a=1 b "c $d \\"" \'e\' f\\ g ; h && i # j', (text) => readShellLine(text, {d: 'x'})],
  ['pipe', "cat x | sed 's/\\(a\\)/b/' | awk '{print $1}'", splitPipe],
  ['filter', "sed -n 's/^Version: \\([^-]*\\)/\\1/p'", (text) => runFilters([text], 'a b', () => undefined)],
  [
    'filtered text',
    CHANGELOG,
    (text) => runFilters(["grep -m1 'urgency'", 'cut -d; -f1', "awk '{print $2}'"], text, () => text),
  ],
  ['glob', 'a/**/b*[a-z]?/{c}', (text) => globToRegExp(text)],
  ['path by a glob', 'lib/site-packages/x.py', (text) => globToRegExp('**/a*b*/*.py').test(text)],
  ['mail date', 'Thu, 01 Jan 1970 00:00:00 +0000', parseMailDate],
  ['mounts', 'tmpfs /run\\040x tmpfs rw,noexec 0 0\n', parseMounts],
  ['netrc', 'machine example.org login a password b\n# c\nmacdef x\n\ndefault login c\n', loginsOfNetrc],
  ['unit', '[Service]\n# c\nExecStart=-/bin/a "b c" \\\n  d\n', (text) => execWords(parseUnit(text))],
  [
    'needles',
    'x /build/app/y %2Fbuild%2Fapp',
    (text) => findNeedles(Buffer.from(text), [makeNeedle('/build/app', true)]),
  ],
  [
    'secrets',
    'https://jo:pw1234@example.org ghp_x -----BEGIN KEY-----',
    (text) => findSecrets(Buffer.from(text)),
  ],
];

const configs: typeof formats = [
  [
    'setup.cfg',
    '[metadata]\nname = x\nauthor_email = "a, b" <c@d>\nproject_urls =\n  Home page = https://x\n[options.entry_points]\nconsole_scripts =\n  a = b:c\n',
    readSetupCfg,
  ],
  ['debian/control', STANZAS, (text) => parseControl(text, 'debian/control')],
  ['triggered', SHELL, failsWhenTriggered],
  ['pyproject.toml', PYPROJECT, (text) => readPyproject(text, 'pyproject.toml')],
  [
    'options in TOML',
    PYPROJECT,
    (text) => readConfig((problems) => readToml(text, 'pyproject.toml', problems)),
  ],
  ['options in YAML', YAML, (text) => readConfig((problems) => readYaml(text, 'mkvenvdeb.yaml', problems))],
  ['pylock', PYLOCK, (text) => readPylock(parseToml(text, 'pylock.toml'), 'pylock.toml')],
];

const policies: typeof formats = [
  ['templates to translate', TEMPLATES, (text) => localizeTemplates(text, new Map([['de', MESSAGES]]), 'x')],
  ['templates', 'Template: a/b\nType: string\nDescription: a\n b\n', (text) => assertTemplates(text, 'x')],
  ['description', 'a package. Short\n\nLong text\n  indented\n', formatDescription],
  [
    'synopsis',
    'The example is a library: for',
    (text) =>
      describeProject({
        package: 'python3-example',
        project: 'example',
        version: '1.0',
        summary: text,
        prefix: '/opt/x',
        interpreter: 'PyPy 3.9',
      }),
  ],
  ['licence text', LICENCE, (text) => [copyrightStatements(text), licenceBody(text), recogniseLicence(text)]],
  [
    'licence expression',
    '(MIT OR Apache-2.0) AND GPL-2.0-or-later WITH Classpath-exception-2.0',
    readExpression,
  ],
  [
    'licence name',
    'GNU General Public License v2 or later (GPLv2+)',
    (text) => [readFreeName(text), readClassifiers([text])],
  ],
  ['buildinfo', BUILDINFO, (text) => parseBuildinfo(text, 'x.buildinfo')],
  ['relations', 'aa:any (>= 1.0) [!amd64 !arm64] | bb, cc (= 2)', (text) => parseRelations(text, 'Depends')],
  ['symbols', SYMBOLS, parseSymbols],
  ['Debian version', '1:1.2~rc1+b1-3', parseDebianVersion],
  ['maintainer script', SHELL, (text) => followScript(text, WORLD)],
  ['signed text', BUILDINFO, (text) => clearText(text, 'InRelease')],
  [
    'Packages',
    `Package: a\nVersion: 1\nArchitecture: all\nFilename: pool/a.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\n`,
    (text) => parsePackages(Buffer.from(text), 'Packages'),
  ],
  [
    'Release',
    `Origin: a\nSuite: b\nDate: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n ${'0'.repeat(64)} 1 main/x\n`,
    (text) => parseRelease(text, 'Release'),
  ],
];

const relocations: typeof formats = [
  ['direct_url.json', '{"url": "file:///x", "dir_info": {"editable": true}}', parseDirectUrl],
  [
    'pyvenv.cfg',
    "home = /usr/bin\nprompt = 'x'\n",
    (text) => relocatePyvenv(text, {target: '/usr/bin/python3', promptName: 'x'}),
  ],
  [
    'shebang',
    "#!/bin/sh\n'''exec' \"/build/app/bin/python\" \"$0\" \"$@\"\n' '''\nx\n",
    (text) => relocateScript(text, 'bin/x', CHANGE),
  ],
];

/** All of them that take a text: one that is new is missing here. */
export const textReaders: readonly TextReader[] = [...formats, ...configs, ...policies, ...relocations].map(
  ([name, sample, read]) => ({name, sample, read}),
);
