// How fast ipfs-unixfs-importer makes blocks of 256 MiB in memory, and of 10 000 files of 1 KiB: "key value" lines for
// scripts/bench-content. Blocks are hashed and given to nobody.
import { importer } from 'ipfs-unixfs-importer';

const FILE_BYTES = 256 << 20;
const ROUNDS = 3;
const nobody = { put: async (cid) => cid };

const bytes = Buffer.alloc(FILE_BYTES);
for (let at = 0, x = 1; at < FILE_BYTES; at += 4) {
  x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
  bytes.writeUInt32LE(x, at);
}

async function seconds(source, profile) {
  const start = performance.now();
  for await (const result of importer(source, nobody, { profile, wrapWithDirectory: source.length > 1 })) if (!result.cid) throw new Error('no CID');
  return (performance.now() - start) / 1000;
}

for (const [key, profile] of [['v1', 'unixfs-v1-2025'], ['v0', 'unixfs-v0-2015']]) {
  let best = Infinity;
  for (let i = 0; i < ROUNDS; i++) best = Math.min(best, await seconds([{ path: 'file', content: bytes }], profile));
  console.log(key, (FILE_BYTES / 1048576 / best).toFixed(1));
}
const files = Array.from({ length: 10_000 }, (_, i) => {
  const content = Buffer.alloc(1024);
  content.writeUInt32LE(i);
  return { path: `folder/${i}.json`, content };
});
console.log('folder', (await seconds(files, 'unixfs-v1-2025')).toFixed(3));
