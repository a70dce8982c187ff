/** Tells the other tabs, where that works: Deno's channels fail once an earlier one of the process was closed. */
export function tellTabs(channel: BroadcastChannel | undefined, message: unknown): void {
  try {
    channel?.postMessage(message);
  } catch {
    // Who is not told finds it out alone.
  }
}
