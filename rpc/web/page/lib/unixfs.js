// Files out of blocks that were hashed: a CAR archive from a gateway that is not believed, and what stands at a path in it.
// Source: CARv1, DAG-PB, UnixFS; the directories that are sharded are walked by name, whatever shard a name is in.
import { concat, equal, looseText } from './bytes.js';
import { sha256 } from './sha256.js';
import { DAG_PB, RAW, SHA256, blockKey, readCid, varint } from './cid.js';

const FILE_BYTES_MAX = 64 << 20;

/** Every block of an archive, by key; throws at the first that is not what it is called. */
export async function readCar(bytes) {
  const blocks = new Map();
  let [length, at] = varint(bytes, 0);
  for (at += length; at < bytes.length;) {
    [length, at] = varint(bytes, at);
    const end = at + length,
      cid = readCid(bytes, at);
    if (end > bytes.length) throw new Error('the archive is cut off');
    const data = bytes.subarray(cid.end, end);
    if (cid.hash !== SHA256) throw new Error('a block named by another hash than SHA-256');
    if (!equal(await sha256(data), cid.digest)) throw new Error('a block does not hash to its CID');
    blocks.set(blockKey(cid), data);
    at = end;
  }
  return blocks;
}

/** Fields of a protobuf message: [number, value], value being a number or bytes. */
function fields(bytes) {
  const list = [];
  for (let at = 0; at < bytes.length;) {
    let tag, value;
    [tag, at] = varint(bytes, at);
    [value, at] = varint(bytes, at);
    if ((tag & 7) === 2) {
      if (at + value > bytes.length) throw new Error('a node that is cut off');
      list.push([tag >> 3, bytes.subarray(at, at + value)]);
      at += value;
    } else if ((tag & 7) === 0) list.push([tag >> 3, value]);
    else throw new Error('a node of no kind');
  }
  return list;
}

const KINDS = ['raw', 'directory', 'file', 'metadata', 'symlink', 'shard'];

/** {kind, data, links: [{cid, name}]} of a DAG-PB block. */
function readNode(bytes) {
  const node = { kind: 'none', data: new Uint8Array(0), links: [] };
  for (const [number, value] of fields(bytes)) {
    if (number === 2) {
      const parts = Object.fromEntries(fields(value));
      node.links.push({ cid: readCid(parts[1]), name: looseText(parts[2] ?? new Uint8Array(0)) });
    } else if (number === 1) {
      for (const [field, inside] of fields(value)) {
        if (field === 1) node.kind = KINDS[inside] ?? 'none';
        else if (field === 2) node.data = inside;
      }
    }
  }
  return node;
}

function blockOf(blocks, cid) {
  const found = blocks.get(blockKey(cid));
  if (!found) throw new Error('a block is missing');
  return found;
}

/** The CID of an entry; names in shards have two digits of their place in front. */
function entry(blocks, cid, name) {
  const node = readNode(blockOf(blocks, cid));
  if (node.kind === 'directory') return node.links.find((link) => link.name === name)?.cid;
  if (node.kind !== 'shard') throw new Error(`“${name}” is looked for in something that is no directory`);
  for (const link of node.links) {
    if (link.name.slice(2) === name && link.name.length > 2) return link.cid;
    if (link.name.length !== 2 || !blocks.has(blockKey(link.cid))) continue;
    const below = entry(blocks, link.cid, name);
    if (below) return below;
  }
  return undefined;
}

function fileBytes(blocks, root) {
  const parts = [],
    open = [root];
  let total = 0;
  while (open.length) {
    const cid = open.pop(),
      block = blockOf(blocks, cid);
    let data = block;
    if (cid.codec === DAG_PB) {
      const node = readNode(block);
      if (node.kind !== 'file' && node.kind !== 'raw') throw new Error(`a ${node.kind}, where a file was looked for`);
      open.push(...node.links.map((link) => link.cid).reverse());
      data = node.data;
    } else if (cid.codec !== RAW) throw new Error('content of a codec that is no file');
    total += data.length;
    if (total > FILE_BYTES_MAX) throw new Error('more than 64 MiB, which is not hashed here');
    parts.push(data);
  }
  return concat(...parts);
}

/** The bytes at a path below a root, all of whose blocks were hashed. */
export function fileAt(blocks, root, path) {
  let cid = root;
  for (const name of path) {
    const next = entry(blocks, cid, name);
    if (!next) throw new Error(`“${name}” is not in the directory`);
    cid = next;
  }
  return fileBytes(blocks, cid);
}
