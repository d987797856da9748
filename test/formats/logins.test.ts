import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loginsIn, loginsOfNetrc, netrcLines, plainLogins, withoutLogins} from '../../lib/formats/logins.js';
import {secretForms} from '../../lib/formats/secret-forms.js';
import {CPYTHON, PYPY} from '../helpers/python.js';
import {inFolder} from '../helpers/suite.js';

const logins = suite('formats/logins');

for (const [text, stripped, found] of [
  ['https://jo:pw@a.example/s', 'https://a.example/s', ['https jo pw a.example']],
  ['x @ git+https://jo:p%40w@a:8443/r@v1', 'x @ git+https://a:8443/r@v1', ['https jo p@w a:8443']],
  ['http://jo:a:b@a/ http://al:c@b', 'http://a/ http://b', ['http jo a:b a', 'http al c b']],
  ['https://token@a.example/s', 'https://token@a.example/s', []],
  ['git+ssh://git:pw@a/r', 'git+ssh://git:pw@a/r', []],
  ['jo:pw@a.example', 'jo:pw@a.example', []],
] as const) {
  logins(`finds the accounts of ${text}`, () => {
    const all = loginsIn(text);
    assert.equal(
      all.map(({scheme, user, password, host}) => `${scheme} ${user} ${password} ${host}`),
      [...found],
    );
    assert.is(
      withoutLogins(text, () => true),
      stripped,
    );
    assert.is(
      withoutLogins(text, () => false),
      text,
    );
  });
}

logins('two accounts of one host do not fit into a netrc file, nor what readers take differently', () => {
  const of = (...urls: string[]) => plainLogins(urls.flatMap(loginsIn)).map(({host}) => host);
  assert.equal(of('http://a:b@x/', 'http://a:b@x:1/', 'http://c:d@y/'), ['x', 'x:1', 'y']);
  assert.equal(of('http://a:b@x/', 'http://a:c@x:1/', 'http://c:d@y/'), ['y']);
  assert.equal(of('http://a:b%20c@x/', 'http://a:%22b@y/', 'http://a:b%5C@z/', 'http://%C3%A4:b@u/'), []);
});

for (const python of [PYPY, CPYTHON]) {
  logins(`${python} reads what is written, and we what it reads`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'netrc');
      const urls = 'http://jo:!$%25&()*+,-.:;<=>?~@a.example/ http://al:p%40:ss@b:80/';
      const plain = netrcLines(plainLogins(loginsIn(urls)));
      writeFileSync(file, plain);
      const script = 'import json,netrc,sys; print(json.dumps(netrc.netrc(sys.argv[1]).hosts))';
      const read = JSON.parse(execFileSync(python, ['-c', script, file], {encoding: 'utf8'}));
      assert.is(read['a.example'][2], '!$%&()*+,-.:;<=>?~');
      assert.is(read.b[2], 'p@:ss');
      assert.equal(
        loginsOfNetrc(plain).map(({password}) => password),
        [read['a.example'][2], read.b[2]],
      );
    }),
  );
}

logins('a netrc file is read in every layout', () => {
  const text =
    '# machine no login no password no\nmachine a\n  login jo\n  password "s1"\nmachine b password s2 login al\ndefault login x password s3';
  assert.equal(
    loginsOfNetrc(text).map(({host, password}) => `${host} ${password}`),
    ['a s1', 'b s2', ' s3'],
  );
});

logins('a secret is known in every form that Python gives it', () => {
  const secret = 'p@ss/wörd "x\\y"!';
  const script = `import base64, json, sys, urllib.parse as u
s = sys.argv[1]
forms = [s, u.quote(s), u.quote(s, safe=""), json.dumps(s, ensure_ascii=False)[1:-1]]
for user in ("", "j", "jo", "joe"):
    forms.append(base64.b64encode((user + s).encode()).decode())
    forms.append(base64.urlsafe_b64encode((user + ":" + s + ":x").encode()).decode())
print(json.dumps(forms))`;
  const made: string[] = JSON.parse(execFileSync(CPYTHON, ['-c', script, secret], {encoding: 'utf8'}));
  const known = secretForms([secret]);
  assert.equal(
    made.filter((text) => !known.some((form) => text.includes(form))),
    [],
  );
  assert.equal(secretForms(['abc']), []);
  assert.ok(secretForms(['first line\nsecond line']).includes('second line'));
});

logins.run();
