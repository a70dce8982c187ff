/** Inputs with which a run never ends, or ends its worker: one call's fault, that no other call shares. */
export const faultAt = {loop: 1e6, crash: 2e6};
