import {spawnSync} from 'node:child_process';

/** What one run of a command cost, its children included. */
export interface Cost {
  /** User and system time, seconds. */
  readonly cpu: number;
  /** Seconds. */
  readonly wall: number;
  /** Largest single process, MiB. */
  readonly peak: number;
}

export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Runs before each measured run, unmeasured. */
  readonly prepare?: () => void;
}

/** Run once under GNU time, which counts what the kernel charged the process and its children. */
export function measure({argv, cwd, env, prepare, name}: Command): Cost {
  prepare?.();
  const result = spawnSync('/usr/bin/time', ['-f', '\n%U %S %e %M', ...argv], {
    cwd,
    env: env ?? process.env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) throw new Error(`${name} failed:\n${result.stdout}\n${result.stderr}`);
  const [user = 0, system = 0, wall = 0, peak = 0] = (result.stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return {cpu: user + system, wall, peak: peak / 1024};
}

/** Run commands in turn, A B C A B C …, so that a drift of the machine hits all alike; a single run is a cold one. */
export function measureInTurn(commands: readonly Command[], runs: number): Map<string, Cost[]> {
  const costs = new Map<string, Cost[]>(commands.map(({name}) => [name, []]));
  if (runs > 1) for (const command of commands) measure(command); // warm file cache, filled caches
  for (let run = 0; run < runs; run += 1) {
    for (const command of commands) costs.get(command.name)?.push(measure(command));
  }
  return costs;
}

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** A table in Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
