// Content identifiers: version 0 in base58btc, version 1 in base32 or base58btc. Source: the CID and multibase specifications.
import { concat, equal, hexOf } from './bytes.js';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
export const RAW = 0x55;
export const DAG_PB = 0x70;
export const SHA256 = 0x12;

function fromBase32(text) {
  const bytes = [];
  let bits = 0,
    held = 0;
  for (const letter of text) {
    const value = BASE32.indexOf(letter);
    if (value < 0) throw new Error('not base32');
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) bytes.push((held >> (bits -= 8)) & 255);
    held &= (1 << bits) - 1;
  }
  if (held !== 0 || bits >= 5) throw new Error('not base32');
  return Uint8Array.from(bytes);
}

function toBase32(bytes) {
  let text = '',
    bits = 0,
    held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5;) text += BASE32[(held >> (bits -= 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits ? text + BASE32[(held << (5 - bits)) & 31] : text;
}

function fromBase58(text) {
  let number = 0n;
  for (const letter of text) {
    const value = BASE58.indexOf(letter);
    if (value < 0) throw new Error('not base58');
    number = number * 58n + BigInt(value);
  }
  const zeros = /^1*/.exec(text)[0].length,
    digits = number.toString(16);
  const body = number === 0n ? [] : (digits.length % 2 ? `0${digits}` : digits).match(/../g).map((pair) => parseInt(pair, 16));
  return Uint8Array.from([...Array(zeros).fill(0), ...body]);
}

/** [number, the place behind it]. */
export function varint(bytes, at) {
  for (let value = 0, factor = 1, i = at; i < bytes.length && i < at + 8; i++, factor *= 128) {
    value += (bytes[i] & 127) * factor;
    if (bytes[i] < 128) return [value, i + 1];
  }
  throw new Error('a number that does not end');
}

/** Reads a binary CID: {version, codec, hash, digest, bytes, end}. */
export function readCid(bytes, start = 0) {
  if (bytes[start] === 0x12 && bytes[start + 1] === 0x20) {
    const end = start + 34;
    if (end > bytes.length) throw new Error('a CID that is cut off');
    return { version: 0, codec: DAG_PB, hash: SHA256, digest: bytes.subarray(start + 2, end), bytes: bytes.subarray(start, end), end };
  }
  let at = start;
  const next = () => {
    const [value, behind] = varint(bytes, at);
    at = behind;
    return value;
  };
  const version = next(),
    codec = next(),
    hash = next(),
    length = next(),
    end = at + length;
  if (version !== 1) throw new Error(`CID version ${version}`);
  if (end > bytes.length || length > 128) throw new Error('a CID that is cut off');
  return { version, codec, hash, digest: bytes.subarray(at, end), bytes: bytes.subarray(start, end), end };
}

/** Throws on what is none. */
export function parseCid(text) {
  const bytes = /^Qm/.test(text)
    ? fromBase58(text)
    : text[0] === 'b'
      ? fromBase32(text.slice(1))
      : text[0] === 'z'
        ? fromBase58(text.slice(1))
        : null;
  if (!bytes) throw new Error('not a CID in a form that is read here');
  const cid = readCid(bytes);
  if (cid.end !== bytes.length) throw new Error('bytes behind the CID');
  return cid;
}

export const isCid = (text) => {
  try {
    return text.length > 8 && text.length < 300 && Boolean(parseCid(text));
  } catch {
    return false;
  }
};

/** Version 1 in base32, which every door here takes. */
export const cidText = (cid) => `b${toBase32(cid.version === 1 ? cid.bytes : concat([1, DAG_PB, SHA256, 32], cid.digest))}`;
/** Two CIDs may differ in version and name the same block. */
export const blockKey = (cid) => `${cid.hash}:${hexOf(cid.digest)}`;
export const sameCid = (a, b) => a.hash === b.hash && a.codec === b.codec && equal(a.digest, b.digest);

/** "ipfs://bafy…/metadata.json" → {cid, text, path}; null for other URIs. */
export function ipfsUri(uri) {
  const found = /^(?:ipfs:\/\/(?:ipfs\/)?|\/ipfs\/)([A-Za-z0-9]+)(?:\/([^?#]*))?/.exec(uri ?? '');
  if (!found || !isCid(found[1])) return null;
  const path = (found[2] ?? '')
    .split('/')
    .filter(Boolean)
    .map((name) => {
      try {
        return decodeURIComponent(name);
      } catch {
        return name;
      }
    });
  return { cid: parseCid(found[1]), text: found[1], path };
}
