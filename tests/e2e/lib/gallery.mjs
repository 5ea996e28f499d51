// Pictures in a network of real nodes: minted from files of this folder, and looked for at each node.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Node } from './node.mjs';
import { Testnet } from './testnet.mjs';

export const at = (member, uri) => `${member.gateway}/ipfs/${uri.slice('ipfs://'.length)}`;
export const rootOf = (uri) => uri.slice('ipfs://'.length).split('/')[0];

/** What the node gives from its own store alone; 412 where it would have to ask. */
export const own = (member, uri) => fetch(at(member, uri), { headers: { 'cache-control': 'only-if-cached' } });

export class Gallery {
  /** options: of Testnet.start, but for the folder. */
  static async start(options) {
    const gallery = new Gallery();
    gallery.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-gallery-'));
    gallery.data = path.join(gallery.folder, 'net');
    gallery.net = await Testnet.start({ ...options, data: gallery.data });
    return gallery;
  }

  get nodes() { return this.net.nodes; }

  /** By the command line at this node. Gives what it printed, and the bytes. */
  mint(member, name, bytes, replicas) {
    const file = path.join(this.folder, name);
    fs.writeFileSync(file, bytes);
    const { code, out, err } = member.run('mint', file, '--replicas', String(replicas), '--json', '--timeout', '60');
    assert.equal(code, 0, err);
    const token = { ...JSON.parse(out), bytes };
    assert.ok(token.replicas >= replicas, `${token.replicas} replicas`);
    return token;
  }

  /** The port that other nodes find this one at. */
  portOf(member) { return JSON.parse(fs.readFileSync(member.readyFile, 'utf8')).p2p; }

  /** A node more, which nobody can dial; options of Node.start. */
  join(options = {}) {
    return Node.start({ ...options, args: ['--genesis', path.join(this.data, 'genesis.json'), '--listen', 'off',
      '--peer', `127.0.0.1:${this.portOf(this.nodes[0])}`] });
  }

  async close() {
    await this.net?.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
