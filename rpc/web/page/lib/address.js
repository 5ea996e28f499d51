// Addresses with the checksum that their letters carry. Source: EIP-55.
import { hexOf, utf8 } from './bytes.js';
import { keccak256 } from './keccak.js';

const known = new Map();

export const isAddress = (text) => /^0x[0-9a-f]{40}$/i.test(text);

export function checksum(address) {
  const digits = address.slice(2).toLowerCase();
  let text = known.get(digits);
  if (!text) {
    const hash = hexOf(keccak256(utf8(digits)));
    text = `0x${Array.from(digits, (digit, i) => (parseInt(hash[i + 2], 16) >= 8 ? digit.toUpperCase() : digit)).join('')}`;
    if (known.size > 5000) known.clear();
    known.set(digits, text);
  }
  return text;
}

export const same = (a, b) => Boolean(a && b) && a.toLowerCase() === b.toLowerCase();
export const short = (text, head = 6, tail = 4) => (text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`);
export const ZERO = `0x${'0'.repeat(40)}`;
