const name = 'kedge:flight:';

/** Names of the notes of what pages are at, whose tabs may have died. */
export function notedFlights(): string[] {
  return Object.keys(localStorage).filter(key => key.startsWith(name));
}

export function noteFlight(flight: {id: string; at: number}): void {
  localStorage.setItem(name + flight.id, JSON.stringify(flight));
}

export function forgetFlights(): void {
  for (const key of notedFlights()) localStorage.removeItem(key);
}
