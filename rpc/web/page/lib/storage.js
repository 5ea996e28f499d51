// Where solc puts things: entries of mappings, words of arrays, strings. Source: Solidity, "Layout of State Variables in Storage".
import { concat, numberOf, word } from './bytes.js';
import { keccak256 } from './keccak.js';

/** The slot of mapping[key] whose own slot is `slot`; both are numbers. */
export const mappingSlot = (slot, key) => numberOf(keccak256(concat(word(key), word(slot))));
export const dataSlot = (slot) => numberOf(keccak256(word(slot)));

/** What a string's head says: short, and which bytes; or long, and in which slots they are. */
export function stringHead(slot, head) {
  const bytes = word(head);
  if (!(head & 1n)) {
    const length = bytes[31] / 2;
    if (length > 31) throw new Error('the slot holds no string');
    return { bytes: bytes.subarray(0, length), slots: [] };
  }
  const length = (head - 1n) / 2n;
  if (length < 32n || length > 65536n) throw new Error('the slot holds no string');
  const first = dataSlot(slot);
  return { length: Number(length), slots: Array.from({ length: Math.ceil(Number(length) / 32) }, (_, i) => first + BigInt(i)) };
}

export const joinWords = (words, length) => concat(...words.map(word)).subarray(0, length);
