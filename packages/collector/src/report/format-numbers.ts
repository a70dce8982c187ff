/** A share as per cent with one decimal: `94.3 %`. */
export const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** A difference of shares in percentage points, signed: `+4.1`. */
export function points(share: number): string {
  const size = Math.abs(share * 100).toFixed(1);
  if (size === '0.0') return '0.0';
  return `${share > 0 ? '+' : '−'}${size}`;
}

const grouped = new Intl.NumberFormat('en-GB', {maximumFractionDigits: 0});

/** A count with thousands apart: `12,480`. */
export const count = (value: number) => grouped.format(value);

/** Milliseconds with about three digits: `0.42`, `8.1`, `134`. */
export const milliseconds = (value: number) =>
  value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : grouped.format(value);

/** Bytes in binary units: `488 KiB`. */
export function bytes(value: number): string {
  const power = value < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]!}`;
}
