// What a disk may do to a block of content: other bytes in its place, and nothing that a database could notice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc >>> 0;
});
/** CRC-32C, masked as RocksDB writes it. */
function maskedCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 255];
  crc = (crc ^ 0xffffffff) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Changes a block on the disk so that the database itself finds nothing wrong: with the checksum of its record in a blob file
 * (32 bytes of head: lengths of key and value, an expiry, checksums of the head and of both; then key and value). */
export function swap(folder, block, other) {
  assert.equal(block.length, other.length);
  let swapped = 0;
  for (const file of fs.readdirSync(folder).map((name) => path.join(folder, name)).filter((name) => fs.statSync(name).isFile())) {
    const bytes = fs.readFileSync(file);
    const at = bytes.indexOf(block);
    if (at < 0) continue;
    assert.match(file, /\.blob$/, 'a block lies in blob files');
    const key = [...Array(200).keys()].find((length) => at >= length + 32 && bytes.readBigUInt64LE(at - length - 32) === BigInt(length) &&
      bytes.readBigUInt64LE(at - length - 24) === BigInt(block.length));
    assert.notEqual(key, undefined, 'a record of a blob file');
    const record = () => bytes.subarray(at - key, at + block.length);
    assert.equal(bytes.readUInt32LE(at - key - 4), maskedCrc(record()), 'its checksum is that of key and value');
    other.copy(bytes, at);
    bytes.writeUInt32LE(maskedCrc(record()), at - key - 4);
    fs.writeFileSync(file, bytes);
    swapped += 1;
  }
  return swapped;
}
