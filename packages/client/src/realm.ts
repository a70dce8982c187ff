/** What this realm says of itself: all of it in a browser, less of it or nothing elsewhere. Where nobody says, there is a network. */
export const realm: Partial<Navigator> = globalThis.navigator ?? {};

/** Whether an address is the page's own, so that no header costs a preflight; outside of pages none does. */
export const isOwn = (url: string): boolean => !globalThis.origin || new URL(url).origin === globalThis.origin;
