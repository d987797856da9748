import {generateKeyPairSync} from 'node:crypto';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {ManyNeedles} from '../../lib/formats/many-needles.js';
import {findSecrets} from '../../lib/formats/secrets.js';

const secrets = suite('formats/secrets');
const found = (text: string) => findSecrets(Buffer.from(text, 'latin1')).map(({what}) => what);
const mixed = (length: number) => 'q7Rk2Zp9Lw4Xc8Vb1Nm6Td3Ys5Gh0Jf'.repeat(10).slice(0, length);

const rsa = generateKeyPairSync('rsa', {modulusLength: 1024}).privateKey;
const ec = generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey;
const pem = (key: typeof rsa, type: 'pkcs8' | 'pkcs1' | 'sec1', passphrase?: string) =>
  key.export({
    format: 'pem',
    type,
    ...(passphrase === undefined ? {} : {cipher: 'aes-128-cbc', passphrase}),
  } as never) as unknown as string;
const whole = pem(rsa, 'pkcs8');
// In two parts, so that nobody who scans this repository takes it for one: an example that GitHub itself revoked.
const github = `${'ghp'}_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17`;
const aws = `${'AKIA'}Q7RKZPLWXCVBNMTD`;
const url = (rest: string) => `https:${'//'}${rest}`;

const cases: readonly (readonly [title: string, text: string, wanted: string | undefined])[] = [
  ['a private key', whole, 'private key'],
  ['one of RSA', pem(rsa, 'pkcs1'), 'private key'],
  ['one of an elliptic curve', pem(ec, 'sec1'), 'private key'],
  ['one with a password', pem(rsa, 'pkcs8', 'x'), 'private key'],
  ['an older one with a password', pem(rsa, 'pkcs1', 'x'), 'private key'],
  ['one in the string of a program', `KEY = "${whole.replaceAll('\n', '\\n')}"`, 'private key'],
  ['one in lines of a program', whole.replace(/^.*$/gm, '    "$&\\n"'), 'private key'],
  ['one with the line ends of Windows', whole.replaceAll('\n', '\r\n'), 'private key'],
  ['a key that is cut off', whole.slice(0, 300), undefined],
  ['a key with a line left out', whole.replace(/\n.*\n/, '\n'), undefined],
  ['words about a key', 'begins with "-----BEGIN PRIVATE KEY-----" and ends', undefined],
  [
    'a public key',
    generateKeyPairSync('rsa', {modulusLength: 1024}).publicKey.export({
      format: 'pem',
      type: 'spki',
    }) as string,
    undefined,
  ],
  ['a token of GitHub', `token: ${github}`, 'token of GitHub'],
  ['one with a wrong checksum', github.replace('17', '18'), undefined],
  ['one in the middle of a word', `x${github}`, undefined],
  ['a token of PyPI', `pypi-${'AgEIcHlwaS5vcmc'}${mixed(120)}`, 'token of PyPI'],
  ['the beginning of one', 'password = pypi-AgEIcHlwaS5vcmc...', undefined],
  ['a token of GitLab', `glpat-${mixed(20)}`, 'token of GitLab'],
  ['a made-up one', `glpat-${'x'.repeat(20)}`, undefined],
  ['a key of AWS with its secret', `id = ${aws}\nkey = ${mixed(38)}/+\n`, 'key of AWS'],
  ['the id of a key alone', `id = ${aws}\n`, undefined],
  ["Amazon's example", `${'AKIA'}IOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`, undefined],
  ['a token of Slack', `xoxb-284719503618-2950617384926-${mixed(24)}`, 'token of Slack'],
  ['a key of Google', `AIza${mixed(35)}`, 'key of Google'],
  ['a key of Stripe', `sk_live_${mixed(24)}`, 'key of Stripe'],
  ['a password in a URL', url('deploy:Gx7kQ2mz@pypi.acme.io/simple'), 'password in a URL'],
  ...[
    'user:password@pypi.acme.io',
    'user:pass@host.io',
    'alice:Gx7kQ2mz@example.com',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how variables are written there.
    '${USER}:${PASSWORD}@pypi.acme.io',
    'jo:%(secret)s@pypi.acme.io',
    'jo:{key}@pypi.acme.io',
    'jo:Gx7kQ2mz@localhost:5000',
    'pypi.acme.io/a:b@c',
    'user@pypi.acme.io',
  ].map((rest) => [`no password in ${rest}`, url(rest), undefined] as const),
];

for (const [title, text, wanted] of cases)
  secrets(`${title}: ${wanted ?? 'nothing'}`, () => assert.equal(found(text), wanted ? [wanted] : []));

secrets('tells where, and four characters at most', () => {
  assert.equal(findSecrets(Buffer.from(`a ${github}`)), [
    {kind: 'token', what: 'token of GitHub', offset: 2, start: 'ghp_'},
  ]);
  const told = JSON.stringify(cases.map(([, text]) => findSecrets(Buffer.from(text, 'latin1'))));
  assert.not.match(told, /Gx7k|zQWB|q7Rk|MII/);
});

secrets('many needles are found wherever one by one are', () => {
  const needles = ['abc', 'bcab', 'cccc', '://', 'aaa', 'abcabc'];
  const many = new ManyNeedles(needles);
  let state = 7;
  for (let run = 0; run < 300; run += 1) {
    const text = Array.from({length: 60}, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return 'abc:/'[(state >>> 16) % 5];
    }).join('');
    const seen: string[] = [];
    many.find(Buffer.from(text), (needle, offset) => seen.push(`${offset} ${needle}`));
    const wanted = [...text].flatMap((_, offset) =>
      needles.flatMap((needle, number) => (text.startsWith(needle, offset) ? [`${offset} ${number}`] : [])),
    );
    assert.equal(seen.sort(), wanted.sort(), text);
  }
});

secrets.run();
