import {CliError} from '../exit.js';

const unitsMs = {m: 60_000, h: 3_600_000, d: 86_400_000};

/** `90m`, `12h` or `30d` in milliseconds. @throws CliError (usage) naming the flag */
export function durationMs(text: string, flag: string): number {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (amount !== undefined && Number(amount) > 0) return Number(amount) * unitsMs[unit as keyof typeof unitsMs];
  throw new CliError('usage', `${flag}: expected a time such as 90m, 12h or 30d, got ${JSON.stringify(text)}`);
}
