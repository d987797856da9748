import {suite} from 'uvu';
import {cpython} from './interpreters.js';
import {acceptance} from './warehouse.js';

const warehouse = suite('warehouse on CPython');

acceptance(warehouse, cpython);

warehouse.run();
