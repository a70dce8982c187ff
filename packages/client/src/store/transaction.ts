export async function sizesIn(sizes: {getAllKeys(): Promise<string[]>; getAll(): Promise<number[]>}) {
  const [names, lengths] = await Promise.all([sizes.getAllKeys(), sizes.getAll()]);
  return new Map(names.map((name, i) => [name, lengths[i]!]));
}

/** What throws inside of a transaction must not leave half of it to be committed. */
export function orAbort<T>(tx: {abort(): void; done: Promise<void>}, work: () => T): T {
  try {
    return work();
  } catch (error) {
    tx.done.catch(() => {});
    tx.abort();
    throw error;
  }
}

/** A request's own error says more than the transaction's abort, and every rejection is observed. */
export async function settled(requests: readonly (Promise<unknown> | undefined)[], done: Promise<void>): Promise<void> {
  const results = await Promise.allSettled([...requests, done]);
  const failed = results.filter(result => result.status === 'rejected').map(({reason}) => reason as Error);
  const [first] = failed;
  if (first) throw failed.find(({name}) => name !== 'AbortError') ?? first;
}
