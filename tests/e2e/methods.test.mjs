// Every method of the node was had answered by at least two of the client libraries: the node's own list against the files that
// their suites leave (lib/recorder.mjs).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { binary } from './lib/node.mjs';
import { touchedFolder } from './lib/recorder.mjs';

const CLIENTS = ['cast', 'ethers', 'hardhat', 'viem', 'web3'];

test('each method is touched by at least two clients', (t) => {
  const listed = spawnSync(binary, ['help', '--methods'], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  const names = listed.stdout.split('\n').map((line) => line.split(' ')[0]).filter((name) => /^[a-z0-9]+_\w+$/.test(name));
  assert.ok(names.length >= 140, listed.stderr);
  // A hardhat_x is an anvil_x too: one row of the node's table, but for those that differ.
  const row = (name) => { const twin = name.replace(/^anvil_/, 'hardhat_'); return names.includes(twin) ? twin : name; };
  const methods = new Map(names.filter((name) => row(name) === name).map((name) => [name, new Set()]));
  const files = fs.readdirSync(touchedFolder).map((file) => JSON.parse(fs.readFileSync(path.join(touchedFolder, file), 'utf8')));
  assert.deepEqual(files.map(({ client }) => client).sort(), CLIENTS);
  for (const { client, methods: touched } of files)
    for (const name of Object.keys(touched)) methods.get(row(name))?.add(client);
  for (const [name, clients] of methods) t.diagnostic(`${name.padEnd(40)} ${[...clients].join(' ')}`);
  assert.deepEqual([...methods].filter(([, clients]) => clients.size < 2).map(([name]) => name), []);
});
