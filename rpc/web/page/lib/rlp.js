// Recursive length prefix, strict: what has two ways to be written is taken in the shortest alone. Source: Yellow Paper, appendix B.
import { concat, shortest } from './bytes.js';

function frame(bytes, offset) {
  if (bytes.length < 56) return concat([offset + bytes.length], bytes);
  const length = shortest(BigInt(bytes.length));
  return concat([offset + 55 + length.length], length, bytes);
}

/** An item is bytes, or an array of items. */
export function encode(item) {
  if (Array.isArray(item)) return frame(concat(...item.map(encode)), 0xc0);
  return item.length === 1 && item[0] < 0x80 ? item : frame(item, 0x80);
}

function take(bytes, at, length) {
  if (at + length > bytes.length) throw new Error('RLP: cut off');
  return bytes.subarray(at, at + length);
}

/** [first byte of the content, its length] behind the tag at `at`. */
function content(bytes, at, tag, short) {
  if (tag - short < 56) return [at + 1, tag - short];
  const digits = take(bytes, at + 1, tag - short - 55);
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0);
  if (digits[0] === 0 || length < 56) throw new Error('RLP: a length that is not the shortest');
  return [at + 1 + digits.length, length];
}

function decodeAt(bytes, at, depth) {
  const [tag] = take(bytes, at, 1);
  if (depth > 16) throw new Error('RLP: too deep');
  if (tag < 0x80) return [bytes.subarray(at, at + 1), at + 1];
  const [start, length] = content(bytes, at, tag, tag < 0xc0 ? 0x80 : 0xc0);
  const inside = take(bytes, start, length),
    end = start + length;
  if (tag < 0xc0) {
    if (length === 1 && inside[0] < 0x80) throw new Error('RLP: a byte that needs no frame');
    return [inside, end];
  }
  const items = [];
  for (let i = start; i < end;) {
    const [item, next] = decodeAt(bytes, i, depth + 1);
    if (next > end) throw new Error('RLP: an item leaves its list');
    items.push(item);
    i = next;
  }
  return [items, end];
}

export function decode(bytes) {
  const [item, end] = decodeAt(bytes, 0, 0);
  if (end !== bytes.length) throw new Error('RLP: bytes behind the end');
  return item;
}
