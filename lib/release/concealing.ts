import type {Caller} from '../context.js';
import type {Target} from './target.js';

/** A target whose errors hold none of the secrets that the caller hides. */
export function concealing(target: Target, {conceal}: Pick<Caller, 'conceal'>): Target {
  const guarded =
    <A, R>(work: (release: A) => Promise<R>) =>
    async (release: A): Promise<R> => {
      try {
        return await work(release);
      } catch (error) {
        throw conceal(error);
      }
    };
  const {stage} = target;
  return {
    ...target,
    preflight: guarded((release) => target.preflight(release)),
    ...(stage ? {stage: guarded((release) => stage(release))} : {}),
    publish: guarded((release) => target.publish(release)),
    verify: guarded((release) => target.verify(release)),
  };
}
