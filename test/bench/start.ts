/**
 * Measures how long it takes until the command answers, beside Node that does nothing. The goal for the version and
 * for help: under 2 times.
 *
 *   node dist/test/bench/start.js [runs]
 */
import {cli} from '../helpers/suite.js';
import {measureInTurn, median, table} from './measure.js';

const [runs = '20'] = process.argv.slice(2);
const BARE = 'node -e 0';
const GOALS: Readonly<Record<string, number>> = {'--version': 2, '--help': 2, 'build --help': 2};
const QUESTIONS = [...Object.keys(GOALS), 'repo list --help'];

const node = (name: string, ...args: readonly string[]) => ({
  name,
  argv: [process.execPath, ...args],
  cwd: '/',
});
const costs = measureInTurn(
  [node(BARE, '-e', '0'), ...QUESTIONS.map((name) => node(name, cli, ...name.split(' ')))],
  Number(runs),
);
const middle = (name: string, key: 'wall' | 'cpu') =>
  median((costs.get(name) ?? []).map((cost) => cost[key]));
const rows = [...costs.keys()].map((name) => [
  name,
  middle(name, 'wall').toFixed(2),
  middle(name, 'cpu').toFixed(2),
  `${(middle(name, 'wall') / middle(BARE, 'wall')).toFixed(2)}${name in GOALS ? ` (goal ${GOALS[name]})` : ''}`,
]);
console.log(table(['command', 'wall s', 'CPU s', 'times bare Node'], rows));
