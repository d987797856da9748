import type {Entry} from '../../lib/model.js';
import {entry, parents} from './helper.js';

const long = (length: number) => 'n'.repeat(length);
/** A name that needs a long-name record, below folders that do. */
export const deep = `opt/app/${long(100)}/${long(100)}/${long(100)}/${long(100)}/file`;
/** What package formats get wrong: long and foreign names, links of every kind, special modes, nothing. */
export const hard: readonly Entry[] = [
  entry('opt', {type: 'directory'}),
  entry('opt/app', {type: 'directory'}),
  entry('opt/app/empty folder', {type: 'directory', mode: 0o2750}),
  entry('opt/app/日本', {type: 'directory'}),
  ...parents(deep).slice(2),
  entry('opt/app/plain', {text: 'plain\n'}),
  entry('opt/app/none'),
  entry('opt/app/private', {text: 'x', mode: 0o600}),
  entry('opt/app/setuid', {text: 'x', mode: 0o4755}),
  entry(`opt/app/${long(101)}`, {text: '101'}),
  entry(`opt/app/${long(246)}`, {text: '246'}),
  entry('opt/app/日本/é', {text: 'é'}),
  entry(`opt/app/${'é'.repeat(80)}`, {text: 'éé'}),
  entry(deep, {text: 'deep'}),
  entry('opt/app/peer', {type: 'hardlink', target: 'opt/app/plain'}),
  entry(`opt/app/${long(110)}`, {type: 'hardlink', target: `opt/app/${long(101)}`}),
  entry('opt/app/relative', {type: 'symlink', target: 'plain'}),
  entry('opt/app/absolute', {type: 'symlink', target: '/usr/bin/pypy3'}),
  entry('opt/app/far', {type: 'symlink', target: `/${'t/'.repeat(60)}x`}),
  entry('opt/app/farther', {type: 'symlink', target: `/${'é/'.repeat(150)}x`}),
];
