// Pictures that a browser can show, drawn by numbers: a PNG of rings on a ground, another for each seed.
import zlib from 'node:zlib';

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]), length = Buffer.alloc(4), crc = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc32 = (bytes) => (bytes.reduce((c, byte) => TABLE[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

/** Colours of weathered metals: ground, coin, mark. */
const METALS = [['1b3a34', '5fbf9c', 'e8f7ee'], ['3b2418', 'c97d4a', 'f6e3cf'], ['23283c', '8f9dc4', 'eef1fb'], ['3a1a2c', 'c06c9a', 'fbe9f3'], ['2f2d12', 'c3b34a', 'faf6d8'], ['10303a', '57b0c4', 'e3f5f9']];
const rgb = (hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** The colour at a place from -1 to 1. */
function colourAt(dx, dy, { ground, metal, mark, petals, twist }) {
  const r = Math.hypot(dx, dy), turn = Math.atan2(dy, dx);
  if (r > .88) return ground;
  if (r > .84) return metal.map((part) => part * (1 - .45 * (dx + dy)) * .8);
  if (r < .3 + .22 * Math.cos(turn * petals + twist) || (Math.abs(r - .72) < .018 && Math.sin(turn * 40) > 0)) return mark;
  return metal.map((part) => part * (1 - .28 * (dx + dy)));
}

const FINE = 2; // samples a side of each pixel

export function coin(seed, side = 256) {
  const [ground, metal, mark] = METALS[seed % METALS.length].map(rgb), look = { ground, metal, mark, petals: 3 + (seed * 7) % 6, twist: (seed * 37) % 360 };
  const rows = Buffer.alloc((side * 3 + 1) * side), places = Array.from({ length: FINE * FINE }, (_, i) => [(i % FINE + .5) / FINE, (Math.floor(i / FINE) + .5) / FINE]);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const samples = places.map(([ax, ay]) => colourAt(2 * (x + ax) / side - 1, 2 * (y + ay) / side - 1, look));
      for (let i = 0; i < 3; i++) rows[y * (side * 3 + 1) + 1 + 3 * x + i] = Math.max(0, Math.min(255, samples.reduce((sum, sample) => sum + sample[i], 0) / samples.length));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', zlib.deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
