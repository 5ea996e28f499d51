// Numbers, times and sizes as people read them. What is on every page is done by hand: a formatter of Intl takes as long to be made as the
// rest of the page takes to begin.

export const count = (number) => BigInt(number).toString().replace(/\B(?=(\d{3})+$)/g, ',');

/** Wei as ether, up to six places, nothing behind the last that counts. */
export function ether(wei) {
  const value = BigInt(wei),
    unit = 10n ** 18n;
  const places = (value % unit).toString().padStart(18, '0').slice(0, 6).replace(/0+$/, '');
  if (value > 0n && value < 10n ** 12n) return `${gwei(value)} gwei`;
  return `${count(value / unit)}${places ? `.${places}` : ''} ETH`;
}
/** Four digits behind the first that counts: more nobody reads. */
export function gwei(wei) {
  const value = Number(BigInt(wei)) / 1e9;
  return value === 0 ? '0' : value.toLocaleString('en', { maximumSignificantDigits: 5 });
}

export function bytes(size) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = Number(size),
    unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

const STEPS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];
export function ago(seconds, now = Date.now() / 1000) {
  const passed = Math.round(now - Number(seconds));
  if (Math.abs(passed) < 2) return 'just now';
  const [unit, length] = STEPS.find(([, step]) => Math.abs(passed) >= step);
  const words = plural(Math.trunc(Math.abs(passed) / length), unit);
  return passed < 0 ? `in ${words}` : `${words} ago`;
}
export const date = (seconds) => new Date(Number(seconds) * 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${BigInt(number) === 1n ? one : many}`;
