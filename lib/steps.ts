import {ioError} from './errors.js';
import type {Report, StepName} from './report.js';

/** Runs one stage and reports that it began and how long it took. */
export type Step = <T>(name: StepName, work: () => Promise<T>) => Promise<T>;

/**
 * Stages that report to `report`; an aborted build does not begin another one. An error of the operating system that
 * a stage did not see coming becomes E_IO here, with the name of the stage.
 */
export function steps(report: Report, signal: AbortSignal | undefined): Step {
  return async (name, work) => {
    signal?.throwIfAborted();
    report({type: 'step', name});
    const started = process.hrtime.bigint();
    const result = await work().catch((error) => {
      throw ioError(error, `the stage "${name}" ran`);
    });
    signal?.throwIfAborted();
    report({type: 'done', name, milliseconds: Number(process.hrtime.bigint() - started) / 1e6});
    return result;
  };
}
