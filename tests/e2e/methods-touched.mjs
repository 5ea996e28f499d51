#!/usr/bin/env node
// Which client had which method answered, from the files that the suites leave (lib/recorder.mjs), against the node's own list.
// Fails when fewer than two clients touched a method. methods-touched --all prints every method with its clients.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { binary } from './lib/node.mjs';
import { touchedFolder } from './lib/recorder.mjs';

const CLIENTS = ['ethers', 'viem', 'web3', 'cast', 'hardhat'];
const listed = spawnSync(binary, ['help', '--methods'], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
const methods = new Map(listed.stdout.split('\n').map((line) => line.split(' ')[0]).filter((name) => /^[a-z0-9]+_\w+$/.test(name))
  .map((name) => [name, new Set()]));
if (listed.status !== 0 || methods.size < 80) {
  console.error(`${binary} help --methods does not list the methods\n${listed.stderr}`);
  process.exit(1);
}
const missing = new Set(CLIENTS);
for (const file of fs.existsSync(touchedFolder) ? fs.readdirSync(touchedFolder) : []) {
  const { client, methods: touched } = JSON.parse(fs.readFileSync(path.join(touchedFolder, file), 'utf8'));
  missing.delete(client);
  // every hardhat_x is anvil_x too: one row of the node's table
  for (const name of Object.keys(touched)) methods.get(name.replace(/^anvil_/, 'hardhat_'))?.add(client);
}
if (missing.size > 0) console.log(`no file in ${touchedFolder} of: ${[...missing].join(', ')}`);
const few = [...methods].filter(([, clients]) => clients.size < 2);
for (const [name, clients] of process.argv.includes('--all') ? methods : few)
  console.log(`${name.padEnd(40)} ${[...clients].join(' ') || '-'}`);
console.log(`${methods.size} methods, ${few.length} touched by fewer than two of ${CLIENTS.length} clients`);
process.exit(few.length > 0 || missing.size > 0 ? 1 : 0);
