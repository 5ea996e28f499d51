// Merkle Patricia proofs: what a root says stands at a key, or that nothing does. Source: Yellow Paper, appendix D; EIP-1186.
import { bytesOf, equal, hexOf } from './bytes.js';
import { keccak256 } from './keccak.js';
import { decode } from './rlp.js';

const EMPTY_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';

const nibbles = (bytes) => Array.from(bytes).flatMap((byte) => [byte >> 4, byte & 15]);

/** A path of a leaf or an extension: [nibbles, whether it is a leaf]. */
function unpack(path) {
  const all = nibbles(path),
    flag = all[0];
  if (flag > 3) throw new Error('a node with a path of no kind');
  return [all.slice(flag & 1 ? 1 : 2), flag >= 2];
}

/** The value at keccak256(key), RLP still around it; null when the root says that there is none. Throws when the nodes do not prove
 * either. */
export function prove(root, key, nodes) {
  const path = nibbles(keccak256(key));
  let at = 0,
    next = bytesOf(root),
    index = 0;
  if (root === EMPTY_ROOT) return null;
  for (;;) {
    let node = next;
    if (!Array.isArray(next)) {
      // by its hash: the next node of the proof; else it stands in its parent
      if (index >= nodes.length) throw new Error('the proof ends before the value');
      const bytes = bytesOf(nodes[index++]);
      if (!equal(keccak256(bytes), next)) throw new Error(`node ${index - 1} of the proof does not hash to ${hexOf(next)}`);
      node = decode(bytes);
    }
    if (node.length === 17) {
      if (at === 64) throw new Error('the proof goes on behind the key');
      next = node[path[at++]];
      if (next.length === 0) return null;
      continue;
    }
    if (node.length !== 2) throw new Error('a node of no kind');
    const [part, isLeaf] = unpack(node[0]);
    const fits = part.every((nibble, i) => path[at + i] === nibble);
    if (isLeaf) return fits && at + part.length === 64 ? node[1] : null;
    if (!fits) return null;
    at += part.length;
    next = node[1];
  }
}

/** {nonce, balance, storageRoot, codeHash} of eth_getProof's answer. */
export function proveAccount(stateRoot, proof) {
  const value = prove(stateRoot, bytesOf(proof.address), proof.accountProof);
  if (!value) throw new Error('the state has no such account');
  const [nonce, balance, storageRoot, codeHash] = decode(value);
  return { nonce, balance, storageRoot: hexOf(storageRoot), codeHash: hexOf(codeHash) };
}

/** A slot's word as a number; 0 when the proof says that it is empty. */
export function proveSlot(storageRoot, slot, entry) {
  const value = prove(storageRoot, slot, entry.proof);
  return value ? BigInt(hexOf(decode(value))) : 0n;
}
