// Bytes and their hexadecimal text, as JSON-RPC writes them.

export const hexOf = (bytes) => {
  let text = '0x';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
};

/** Throws on what is no hexadecimal data. */
export function bytesOf(hex) {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex;
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) throw new Error('not hexadecimal data');
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.substr(2 * i, 2), 16);
  return bytes;
}

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export const utf8 = (text) => new TextEncoder().encode(text);
/** Throws on what is no UTF-8. */
export const textOf = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
/** For showing: what is no UTF-8 becomes a replacement character. */
export const looseText = (bytes) => new TextDecoder().decode(bytes);

/** A number as 32 bytes, big end first. */
export function word(number) {
  const bytes = new Uint8Array(32);
  let rest = BigInt.asUintN(256, BigInt(number));
  for (let i = 31; rest > 0n; i--, rest >>= 8n) bytes[i] = Number(rest & 255n);
  return bytes;
}

export const numberOf = (bytes) => (bytes.length ? BigInt(hexOf(bytes)) : 0n);
/** As RLP and JSON-RPC want it: no zero in front. */
export function shortest(number) {
  const digits = BigInt(number).toString(16);
  return number === 0n || BigInt(number) === 0n ? new Uint8Array(0) : bytesOf(digits.length % 2 ? `0${digits}` : digits);
}
export const quantity = (number) => `0x${BigInt(number).toString(16)}`;
