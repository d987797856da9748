import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  cacheControl,
  contentType,
  isNotModified,
  requestedFile,
  wantedRange,
} from '../../lib/apt/http-rules.js';

const rules = suite('apt/http-rules');

const files: readonly (readonly [string, string | undefined])[] = [
  ['/dists/stable/InRelease', 'dists/stable/InRelease'],
  ['//dists//stable/InRelease?x=../..#y', 'dists/stable/InRelease'],
  ['http://apt.example.org:8080/dists/stable/InRelease', 'dists/stable/InRelease'],
  ['/pool/a/a_1%3a1.0%7erc1%2Bb1_all.deb', 'pool/a/a_1:1.0~rc1+b1_all.deb'],
  ['/pool/a/a_1:1.0~rc1+b1_all.deb', 'pool/a/a_1:1.0~rc1+b1_all.deb'],
  ['/pool/%C3%A4', 'pool/ä'],
  ['/pool/100%2525', 'pool/100%25'],
  ['/', undefined],
  ['', undefined],
  ['*', undefined],
  ['/pool/', undefined],
  ['/..', undefined],
  ['/pool/../../etc/passwd', undefined],
  ['/pool/./x', undefined],
  ['/%2e%2e/etc/passwd', undefined],
  ['/pool/%2E%2E%2F%2e%2e%2fetc/passwd', undefined],
  ['/pool%2fx', undefined],
  ['/pool/..%5c..%5cx', undefined],
  ['/.mkvenvdeb/repository.json', undefined],
  ['/%2emkvenvdeb/repository.json', undefined],
  ['/pool/.hidden', undefined],
  ['/pool/x%00.deb', undefined],
  ['/pool/x%0a', undefined],
  ['/pool/%ff', undefined],
  ['/pool/%', undefined],
];
for (const [target, wanted] of files)
  rules(`${JSON.stringify(target)} asks for ${wanted ?? 'nothing'}`, () =>
    assert.is(requestedFile(target), wanted),
  );

const lastModified = 'Tue, 03 Nov 2026 10:00:00 GMT';
const index = {etag: '"abc-1"', lastModified, immutable: false};
const pool = {...index, immutable: true};
const [earlier, later] = ['Tue, 03 Nov 2026 09:59:59 GMT', 'Tue, 03 Nov 2026 10:00:01 GMT'];
const conditions: readonly (readonly [string, Record<string, string>, boolean, boolean])[] = [
  ['no condition', {}, false, false],
  ['its own date', {'if-modified-since': lastModified}, true, true],
  ['an earlier date', {'if-modified-since': earlier}, false, false],
  ['a later date, which an index may have that was put back', {'if-modified-since': later}, false, true],
  ['no date', {'if-modified-since': 'yesterday'}, false, false],
  ['its tag', {'if-none-match': '"abc-1"'}, true, true],
  ['its tag among others, weakly', {'if-none-match': '"x", W/"abc-1"'}, true, true],
  ['any tag', {'if-none-match': '*'}, true, true],
  [
    'another tag, whatever the date',
    {'if-none-match': '"abc"', 'if-modified-since': lastModified},
    false,
    false,
  ],
];
for (const [what, headers, ofIndex, ofPool] of conditions)
  rules(`a client with ${what} ${ofIndex ? 'has' : 'does not have'} an index`, () => {
    assert.is(isNotModified(headers, index), ofIndex);
    assert.is(isNotModified(headers, pool), ofPool);
  });

const ranges: readonly (readonly [string | undefined, Record<string, string>, unknown])[] = [
  [undefined, {}, undefined],
  ['bytes=0-', {}, {first: 0, last: 99}],
  ['bytes=10-19', {}, {first: 10, last: 19}],
  ['bytes=99-', {}, {first: 99, last: 99}],
  ['bytes=90-1000', {}, {first: 90, last: 99}],
  ['bytes=-10', {}, {first: 90, last: 99}],
  ['bytes=-1000', {}, {first: 0, last: 99}],
  ['bytes=100-', {}, 'unsatisfiable'],
  ['bytes=-0', {}, 'unsatisfiable'],
  ['bytes=20-10', {}, undefined],
  ['bytes=-', {}, undefined],
  ['bytes=1-2,4-5', {}, undefined],
  ['lines=1-2', {}, undefined],
  ['bytes=99999999999999999999-', {}, undefined],
  ['bytes=10-', {'if-range': '"abc-1"'}, {first: 10, last: 99}],
  ['bytes=10-', {'if-range': lastModified}, {first: 10, last: 99}],
  ['bytes=10-', {'if-range': 'W/"abc-1"'}, undefined],
  ['bytes=10-', {'if-range': '"abc-2"'}, undefined],
  ['bytes=10-', {'if-range': earlier}, undefined],
  ['bytes=10-', {'if-range': later}, undefined],
];
for (const [range, more, wanted] of ranges)
  rules(`of 100 bytes, ${range} ${more['if-range'] ?? ''} is ${JSON.stringify(wanted)}`, () =>
    assert.equal(wantedRange({...(range === undefined ? {} : {range}), ...more}, 100, index), wanted),
  );

rules('nothing can be wanted of an empty file', () => {
  assert.is(wantedRange({range: 'bytes=0-'}, 0, index), 'unsatisfiable');
  assert.is(wantedRange({range: 'bytes=-5'}, 0, index), 'unsatisfiable');
});

const kinds: readonly (readonly [string, RegExp, RegExp])[] = [
  ['pool/main/a/app/0123/app_1.0_all.deb', /immutable/, /debian/],
  ['dists/stable/main/binary-amd64/by-hash/SHA256/0123', /immutable/, /octet/],
  ['dists/stable/InRelease', /^no-cache$/, /^text\/plain/],
  ['dists/stable/main/binary-amd64/Packages', /^no-cache$/, /^text\/plain/],
  ['dists/stable/main/binary-amd64/Packages.xz', /^no-cache$/, /xz/],
  ['dists/pool/x', /^no-cache$/, /octet/],
];
for (const [path, cache, type] of kinds)
  rules(`${path} is ${cache.source}`, () => {
    assert.match(cacheControl(path), cache);
    assert.match(contentType(path), type);
  });

rules.run();
