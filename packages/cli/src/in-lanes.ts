/** Runs `work` on every item, at most `lanes` at once. The first failure stops the rest and is thrown. */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  let failed = false;
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined && !failed; item = queue.shift())
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
  };
  const ended = await Promise.allSettled(Array.from({length: Math.min(lanes, items.length)}, lane));
  const failure = ended.find(one => one.status === 'rejected');
  if (failure) throw failure.reason;
}
