import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {toPackageName} from '../../lib/policy/names.js';
import {throws} from '../helpers/suite.js';

const names = suite('policy/names');

for (const [project, wanted] of [
  ['warehouse', 'warehouse'],
  ['Warehouse', 'warehouse'],
  ['Fx_Dash.Dot', 'fx-dash-dot'],
  ['a--b__c..d', 'a-b-c-d'],
  ['3to2', '3to2'],
  ['q', 'python-q'],
  ['7', 'python-7'],
] as const) {
  names(`${project} becomes ${wanted}`, () => assert.is(toPackageName(project), wanted));
}

for (const project of ['', '-', '_x', 'x-', 'ä', 'a b', 'a\nb', 'a/b']) {
  names(`${JSON.stringify(project)} is no project name`, () => {
    throws(() => toPackageName(project), 'E_OPTION', /cannot become a package name.*"package"/s);
  });
}

names.run();
