import type {Caller} from '../context.js';
import {ioError} from '../errors.js';
import type {ReleaseStep, Report} from '../report.js';

/** Runs one stage of a release, and reports that it began and how long it took. */
export interface ReleaseStepper {
  <T>(name: ReleaseStep, work: () => Promise<T>, detail?: string): Promise<T>;
  /** What is told of a build inside of a stage: its own stages become details of that one. */
  readonly quiet: (name: ReleaseStep, what?: string) => Report;
  /** How long each stage took, in milliseconds, in order. */
  readonly times: ReadonlyMap<ReleaseStep, number>;
}

/** Stages of a release; an aborted one does not begin another. */
export function releaseSteps({report, signal}: Caller): ReleaseStepper {
  const times = new Map<ReleaseStep, number>();
  const step = async <T>(name: ReleaseStep, work: () => Promise<T>, detail?: string): Promise<T> => {
    signal?.throwIfAborted();
    const told = detail === undefined ? {} : {detail};
    report({type: 'step', name, ...told});
    const started = process.hrtime.bigint();
    const result = await work().catch((error) => {
      throw ioError(error, `the stage "${name}" ran`);
    });
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    times.set(name, (times.get(name) ?? 0) + milliseconds);
    report({type: 'done', name, milliseconds, ...told});
    return result;
  };
  const quiet =
    (name: ReleaseStep, what = ''): Report =>
    (event) => {
      if (event.type === 'output' || event.type === 'warning') report(event);
      else if (event.type === 'step' || event.type === 'detail') {
        const text = event.type === 'step' ? event.name : event.detail;
        report({type: 'detail', name, detail: what === '' ? text : `${what}: ${text}`});
      }
    };
  return Object.assign(step, {quiet, times});
}
