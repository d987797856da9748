import {suite} from 'uvu';
import {pypy} from './interpreters.js';
import {acceptance} from './warehouse.js';

const warehouse = suite('warehouse on PyPy');

acceptance(warehouse, pypy);

warehouse.run();
