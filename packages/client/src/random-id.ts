/** 96 random bits in 16 URL-safe characters: half of a UUID's length, and bytes on the wire are counted. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
