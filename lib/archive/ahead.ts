/**
 * Begin with a stream before it is read: what it takes to get its first piece goes on meanwhile. It has to be read, or
 * ended with `return`.
 *
 * @param open makes the stream; what it throws is thrown to the reader
 */
export function begin<T>(open: () => AsyncIterable<T>): Required<AsyncIterableIterator<T>> {
  const all = (async function* () {
    yield* open();
  })();
  let first: Promise<IteratorResult<T>> | undefined = all.next();
  first.catch(() => {}); // the reader gets it, if there comes one
  const begun = {
    next() {
      const next = first ?? all.next();
      first = undefined;
      return next;
    },
    return: () => all.return(undefined),
    throw: (error: unknown) => all.throw(error),
    [Symbol.asyncIterator]: () => begun,
  };
  return begun;
}
