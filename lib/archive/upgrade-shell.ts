import {parseShellScript, type ShellCommand, type ShellList} from '../formats/shell-script.js';
import {ShellVariables} from './upgrade-variables.js';

/** A command that starts, stops or restarts something, as a script would run it. */
export interface ServiceCall {
  /** `restart`, `start`, `stop`, `reload`, `try-restart` … */
  readonly action: string;
  readonly unit: string;
  readonly by: 'systemd' | 'init';
  /** False where it hangs on something that only the server knows. */
  readonly isCertain: boolean;
}

/** What a script finds on the server. */
export interface ScriptWorld {
  /** Of the script: `configure`, `1.0-1`. */
  readonly args: readonly string[];
  /** Whether a file of this absolute path is there; undefined where nobody can tell. */
  readonly exists: (path: string) => boolean | undefined;
}

/** True, false, or not to be told. */
type Status = boolean | undefined;

/** A loop over files or a function that calls itself must end. */
const MOST_STEPS = 20_000;
const MOST_CALLS = 50;
/** Longer ones are no argument of a script, and a pattern would take its time for them. */
const LONGEST_VALUE = 300;

/**
 * Follow a maintainer script as far as its conditions hang on its arguments, and tell which services it acts upon. It
 * is read, never run; systemd is taken to run. Conditions that nobody can tell make what hangs on them uncertain.
 *
 * @returns undefined for what is no script of sh(1)
 */
export function followScript(text: string, world: ScriptWorld): readonly ServiceCall[] | undefined {
  if (!/^#!\s*\/(?:usr\/)?bin\/(?:env\s+)?(?:sh|dash|bash)\b/.test(text)) return undefined;
  const script = parseShellScript(text);
  if (script === undefined) return undefined;
  const follower = new Follower(world);
  follower.list(script);
  return follower.calls;
}

class Follower {
  readonly calls: ServiceCall[] = [];
  readonly #world: ScriptWorld;
  readonly #variables: ShellVariables;
  readonly #functions = new Map<string, ShellCommand>();
  #isCertain = true;
  /** Whether anything behind is run hangs on what could not be told. */
  #mayHaveEnded = false;
  #hasEnded = false;
  #hasReturned = false;
  #steps = 0;
  #depth = 0;

  constructor(world: ScriptWorld) {
    this.#world = world;
    this.#variables = new ShellVariables(world.args);
  }

  list(commands: ShellList): Status {
    let status: Status = true;
    for (const command of commands) {
      if (this.#hasEnded) return status;
      status = this.#command(command);
    }
    return status;
  }

  #command(command: ShellCommand): Status {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) this.#hasEnded = true;
    if (this.#hasEnded) return undefined;
    switch (command.kind) {
      case 'simple':
        return this.#simple(command);
      case 'not':
        return opposite(this.#command(command.command));
      case 'and':
      case 'or':
        return this.#either(command.kind, command);
      case 'if':
        return this.#if(command);
      case 'case':
        return this.#case(command);
      case 'for':
        return this.#for(command);
      case 'loop':
        this.list(command.test);
        return this.#perhaps(command.body);
      case 'function':
        this.#functions.set(command.name, command.body);
        return true;
      case 'group': {
        const status = this.list(command.body);
        return command.isPipe ? undefined : status;
      }
    }
  }

  /** Follow what may be run or not. */
  #perhaps(body: ShellList): Status {
    const before = this.#isCertain;
    this.#isCertain = false;
    this.list(body);
    this.#isCertain = before;
    return undefined;
  }

  #either(
    kind: 'and' | 'or',
    {left, right}: {readonly left: ShellCommand; readonly right: ShellCommand},
  ): Status {
    const first = this.#command(left);
    if (first === undefined) {
      const second = this.#perhaps([right]);
      return second;
    }
    return first === (kind === 'and') ? this.#command(right) : first;
  }

  #if({branches, otherwise}: Extract<ShellCommand, {kind: 'if'}>): Status {
    let isOpen = true;
    for (const {test, body} of branches) {
      const status = this.list(test);
      if (status === false) continue;
      if (status === true && isOpen) return this.list(body);
      this.#perhaps(body);
      if (status === true) return undefined;
      isOpen = false;
    }
    return isOpen ? this.list(otherwise) : this.#perhaps(otherwise);
  }

  #case({word, items}: Extract<ShellCommand, {kind: 'case'}>): Status {
    const value = this.#variables.text(word);
    let isOpen = true;
    for (const {patterns, body} of items) {
      const statuses = patterns.map((pattern) =>
        fits(value, this.#variables.text(pattern), pattern.isQuoted),
      );
      const status = statuses.includes(true) ? true : statuses.includes(undefined) ? undefined : false;
      if (status === false) continue;
      if (status === true && isOpen) return this.list(body);
      this.#perhaps(body);
      if (status === true) return undefined;
      isOpen = false;
    }
    return isOpen ? true : undefined;
  }

  #for({name, words, body}: Extract<ShellCommand, {kind: 'for'}>): Status {
    const values = words === undefined ? this.#world.args : this.#variables.words(words);
    if (values === undefined || values.some((value) => /[*?[]/.test(value))) {
      this.#variables.set(name, undefined);
      return this.#perhaps(body);
    }
    for (const value of values) {
      if (this.#hasEnded) return undefined;
      this.#variables.set(name, [value]);
      this.list(body);
    }
    return true;
  }

  #simple({assignments, words}: Extract<ShellCommand, {kind: 'simple'}>): Status {
    for (const [name, value] of assignments) {
      if (words.length > 0) continue;
      const text = this.#variables.text(value);
      this.#variables.set(name, text === undefined ? undefined : [text]);
    }
    if (words.length === 0) return true;
    const [command, ...args] = words.map((word) => this.#variables.text(word));
    const split = this.#variables.words(words.slice(1));
    const own = this.#functions.get(command ?? '');
    if (own) return this.#enter(own);
    switch (command) {
      case 'true':
      case ':':
      case 'set':
      case 'echo':
      case 'shift':
        return true;
      case 'false':
        return false;
      case 'return':
        this.#hasReturned = this.#isCertain;
        this.#hasEnded = this.#isCertain;
        this.#mayHaveEnded = true;
        return true;
      case 'exit':
      case 'exec':
        this.#hasEnded = this.#isCertain;
        this.#mayHaveEnded = true;
        return true;
      case '[':
      case 'test':
        return this.#test(command === '[' ? args.slice(0, -1) : args);
      case 'command':
      case 'which':
        return args[0] === undefined ? undefined : true;
      default:
        return this.#call(command, split);
    }
  }

  #enter(body: ShellCommand): Status {
    if (this.#depth >= MOST_CALLS) return undefined;
    const before = this.#mayHaveEnded;
    this.#depth += 1;
    const status = this.#command(body);
    this.#depth -= 1;
    // What was left by return goes on behind the call.
    if (this.#hasReturned || !this.#hasEnded)
      this.#mayHaveEnded = before || (this.#mayHaveEnded && !this.#hasReturned);
    if (this.#hasReturned) [this.#hasReturned, this.#hasEnded] = [false, false];
    return status;
  }

  #call(command: string | undefined, args: readonly string[] | undefined): Status {
    const plain = (args ?? []).filter((arg) => !arg.startsWith('-'));
    const note = (
      action: string | undefined,
      units: readonly (string | undefined)[],
      by: ServiceCall['by'],
    ) => {
      if (action === undefined) return;
      for (const unit of units)
        if (unit !== undefined)
          this.calls.push({action, unit, by, isCertain: this.#isCertain && !this.#mayHaveEnded});
    };
    if (command === 'deb-systemd-invoke' || command === 'systemctl') {
      const [action, ...units] = plain;
      const isUser = args?.includes('--user') === true;
      if (!isUser && /restart|start|stop|reload/.test(action ?? '') && action !== 'daemon-reload')
        note(action, units, 'systemd');
    } else if (command === 'invoke-rc.d' || command === 'service') {
      const [name, action] = plain;
      const isNative =
        args?.includes('--skip-systemd-native') === true &&
        ['/usr/lib/systemd/system', '/lib/systemd/system'].some((folder) =>
          this.#world.exists(`${folder}/${name}.service`),
        );
      if (!isNative) note(action, [name], 'init');
    }
    return undefined;
  }

  #test(args: readonly (string | undefined)[]): Status {
    for (const [operator, decides] of [
      ['-o', true],
      ['-a', false],
    ] as const) {
      const at = args.indexOf(operator);
      if (at <= 0) continue;
      const [left, right] = [this.#test(args.slice(0, at)), this.#test(args.slice(at + 1))];
      if (left === decides || right === decides) return decides;
      return left === undefined || right === undefined ? undefined : !decides;
    }
    if (args[0] === '!') return opposite(this.#test(args.slice(1)));
    const [first, operator, last] = args;
    if (args.length === 1) return first === undefined ? undefined : first !== '';
    if (args.length === 3) {
      if (first === undefined || last === undefined) return undefined;
      if (operator === '=' || operator === '==' || operator === '-eq') return first === last;
      return operator === '!=' || operator === '-ne' ? first !== last : undefined;
    }
    if (args.length !== 2 || operator === undefined) return undefined;
    if (first === '-n') return operator !== '';
    if (first === '-z') return operator === '';
    return /^-[defLhrsx]$/.test(first ?? '') ? this.#world.exists(operator) : undefined;
  }
}

const opposite = (status: Status): Status => (status === undefined ? undefined : !status);

/** A pattern of case: `*` and `|` are all that scripts use; others cannot be told. */
function fits(value: string | undefined, pattern: string | undefined, isQuoted: boolean): Status {
  if (pattern === '*' && !isQuoted) return true;
  if (value === undefined || pattern === undefined) return undefined;
  if (isQuoted || !/[*?[]/.test(pattern)) return value === pattern;
  if (/[?[]/.test(pattern) || value.length > LONGEST_VALUE || pattern.length > LONGEST_VALUE)
    return undefined;
  const escaped = pattern.split('*').map((text) => text.replace(/[\\^$.|+(){}[\]]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(value);
}
