// Keccak-256 with the padding that Ethereum uses (0x01, not SHA-3's 0x06). Lanes of 64 bits are two halves of 32, since numbers here
// are exact to 53 bits. Source: the Keccak reference, version 3.0.
import { bytesOf, hexOf, utf8 } from './bytes.js';

const RATE = 136;
const ROTATION = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];
const TARGET = ROTATION.map((_, i) => {
  // where pi moves lane i = x + 5y: to (y, 2x + 3y)
  const x = i % 5,
    y = (i - x) / 5;
  return y + 5 * ((2 * x + 3 * y) % 5);
});
const [ROUND_LOW, ROUND_HIGH] = roundConstants();

/** Bits of a linear feedback shift register at the places 2^j - 1. */
function roundConstants() {
  const low = new Int32Array(24),
    high = new Int32Array(24);
  let state = 1;
  for (let round = 0; round < 24; round++) {
    for (let j = 0; j < 7; j++) {
      const bit = (1 << j) - 1;
      if (state & 1) {
        if (bit < 32) low[round] ^= 1 << bit;
        else high[round] ^= 1 << (bit - 32);
      }
      state = (state << 1) ^ (state & 0x80 ? 0x171 : 0);
    }
  }
  return [low, high];
}

const low = new Int32Array(25),
  high = new Int32Array(25);
const nextLow = new Int32Array(25),
  nextHigh = new Int32Array(25);
const columnLow = new Int32Array(5),
  columnHigh = new Int32Array(5);

function permute() {
  for (let round = 0; round < 24; round++) {
    for (let x = 0; x < 5; x++) {
      columnLow[x] = low[x] ^ low[x + 5] ^ low[x + 10] ^ low[x + 15] ^ low[x + 20];
      columnHigh[x] = high[x] ^ high[x + 5] ^ high[x + 10] ^ high[x + 15] ^ high[x + 20];
    }
    for (let x = 0; x < 5; x++) {
      const left = (x + 4) % 5,
        right = (x + 1) % 5;
      const l = columnLow[left] ^ ((columnLow[right] << 1) | (columnHigh[right] >>> 31));
      const h = columnHigh[left] ^ ((columnHigh[right] << 1) | (columnLow[right] >>> 31));
      for (let y = x; y < 25; y += 5) {
        low[y] ^= l;
        high[y] ^= h;
      }
    }
    for (let i = 0; i < 25; i++) {
      const turn = ROTATION[i],
        to = TARGET[i];
      const a = turn < 32 ? low[i] : high[i],
        b = turn < 32 ? high[i] : low[i],
        by = turn & 31;
      nextLow[to] = by ? (a << by) | (b >>> (32 - by)) : a;
      nextHigh[to] = by ? (b << by) | (a >>> (32 - by)) : b;
    }
    for (let y = 0; y < 25; y += 5) {
      for (let x = 0; x < 5; x++) {
        low[y + x] = nextLow[y + x] ^ (~nextLow[y + ((x + 1) % 5)] & nextLow[y + ((x + 2) % 5)]);
        high[y + x] = nextHigh[y + x] ^ (~nextHigh[y + ((x + 1) % 5)] & nextHigh[y + ((x + 2) % 5)]);
      }
    }
    low[0] ^= ROUND_LOW[round];
    high[0] ^= ROUND_HIGH[round];
  }
}

function absorb(view, at) {
  for (let i = 0; i < RATE / 8; i++) {
    low[i] ^= view.getInt32(at + 8 * i, true);
    high[i] ^= view.getInt32(at + 8 * i + 4, true);
  }
  permute();
}

export function keccak256(bytes) {
  low.fill(0);
  high.fill(0);
  const whole = Math.floor(bytes.length / RATE) * RATE;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += RATE) absorb(view, at);
  const last = new Uint8Array(RATE);
  last.set(bytes.subarray(whole));
  last[bytes.length - whole] ^= 0x01;
  last[RATE - 1] ^= 0x80;
  absorb(new DataView(last.buffer), 0);
  const digest = new Uint8Array(32),
    out = new DataView(digest.buffer);
  for (let i = 0; i < 4; i++) {
    out.setInt32(8 * i, low[i], true);
    out.setInt32(8 * i + 4, high[i], true);
  }
  return digest;
}

/** Of data in hexadecimal, or of text. */
export const keccakHex = (hex) => hexOf(keccak256(bytesOf(hex)));
export const keccakText = (text) => hexOf(keccak256(utf8(text)));
