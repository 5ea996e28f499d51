// The page's own small libraries beside well-known ones: what they compute is the same, and what is wrong they refuse.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { AbiCoder, Interface, decodeRlp, encodeRlp, getAddress, hexlify, id, keccak256 } from 'ethers';

const [major, minor] = process.versions.node.split('.').map(Number);
const skip = (major < 22 || (major === 22 && minor < 12)) && `modules without a package need Node 22.12, this is ${process.version}`;
const lib = (name) => import(`../../rpc/web/page/lib/${name}.js`);
const random = (length) => new Uint8Array(crypto.randomBytes(length));

test('Keccak-256 of every length around its block', { skip }, async () => {
  const own = await lib('keccak');
  for (let length = 0; length < 420; length++) {
    const bytes = random(length);
    assert.equal(hexlify(own.keccak256(bytes)), keccak256(bytes));
  }
});

test('SHA-256 where the browser gives none', { skip }, async () => {
  const { slowSha256 } = await lib('sha256');
  for (const length of [...Array(140).keys(), 1000, 100_000]) {
    const bytes = random(length);
    assert.equal(hexlify(slowSha256(bytes)), `0x${crypto.createHash('sha256').update(bytes).digest('hex')}`);
  }
});

test('addresses have their checksum', { skip }, async () => {
  const { checksum } = await lib('address');
  for (let i = 0; i < 200; i++) {
    const address = hexlify(random(20));
    assert.equal(checksum(address), getAddress(address));
  }
});

const items = (depth) => (depth && Math.random() < .5 ? Array.from({ length: Math.floor(Math.random() * 5) }, () => items(depth - 1)) : random(Math.floor(Math.random() * 90)));
const hexAll = (item) => (Array.isArray(item) ? item.map(hexAll) : hexlify(item));

test('RLP there and back, and what is not canonical is refused', { skip }, async () => {
  const { decode, encode } = await lib('rlp'), { bytesOf } = await lib('bytes');
  for (let i = 0; i < 500; i++) {
    const item = items(4), bytes = encode(item);
    assert.equal(hexlify(bytes), encodeRlp(hexAll(item)));
    assert.deepEqual(hexAll(decode(bytes)), decodeRlp(hexlify(bytes)));
  }
  for (const bad of ['0x', '0x8100', '0x817f', '0xb800', '0xb83700', '0xc1', '0xf800', '0xb90001aa', '0x8180ff', '0xc281', `0x${'c1'.repeat(40)}`]) assert.throws(() => decode(bytesOf(bad)), bad);
});

test('ABI: calls, answers and events are those of ethers', { skip }, async () => {
  const own = await lib('abi');
  const signature = 'define(string name, (uint8 op, bytes32 key, string expr)[] effects, uint256[] args, address who, bool yes, bytes data)';
  const values = ['levelup', [[1, id('x'), 'trait("level") + 1u'], [5, id('y'), 'z'.repeat(70)]], [1n, 2n ** 255n], getAddress(hexlify(random(20))), true, hexlify(random(45))];
  const data = own.calldata(signature, ...values);
  assert.equal(data, new Interface([`function ${signature}`]).encodeFunctionData('define', values));
  const call = own.callOf(signature, data);
  assert.deepEqual(call.args.map(({ name }) => name), ['name', 'effects', 'args', 'who', 'yes', 'data']);
  assert.equal(call.args[1].value[1].expr, 'z'.repeat(70));
  assert.equal(call.args[3].value, values[3]);
  const event = 'Moved(address indexed from, uint256 indexed tokenId, string note, int256 delta)', log = new Interface([`event ${event}`]).encodeEventLog('Moved', [values[3], 7n, 'hello', -5n]);
  assert.deepEqual(own.eventOf(event, log).get, { from: values[3], tokenId: 7n, note: 'hello', delta: -5n });
  const named = 'Made(uint256 id, uint256[] values, string note)', made = new Interface([`event ${named}`]).encodeEventLog('Made', [3n, [1n, 2n], 'x']);
  assert.deepEqual(own.eventOf(named, made).get, { id: 3n, values: [1n, 2n], note: 'x' });
  assert.equal(own.eventOf('Other(address indexed from, uint256 indexed tokenId, string note, int256 delta)', log), null);
  const coder = AbiCoder.defaultAbiCoder();
  assert.throws(() => own.decode('(string)', coder.encode(['uint256'], [2n ** 200n])));
  assert.throws(() => own.decode('(string)', coder.encode(['string'], ['x']).slice(0, -64)));
  assert.throws(() => own.decode('(uint256[])', `0x${'00'.repeat(31)}20${'00'.repeat(28)}ffffffff`));
});

test('CIDs in their forms name the same block', { skip }, async () => {
  const own = await lib('cid'), { CID } = await import('multiformats/cid'), { create } = await import('multiformats/hashes/digest');
  for (let i = 0; i < 100; i++) {
    const digest = create(0x12, random(32)), one = CID.createV1(i % 2 ? 0x55 : 0x70, digest);
    assert.equal(own.cidText(own.parseCid(one.toString())), one.toString());
    if (i % 2 === 0) assert.equal(own.cidText(own.parseCid(one.toV0().toString())), one.toString());
  }
  for (const bad of ['', 'b', 'bafy', 'bafybeic54rvf4j757xs6fqwo3wmbxqaxnqcfete5bk5amktmo6eyzb3gr', 'Qm0', 'ipfs', 'bafybeic54rvf4j757xs6fqwo3wmbxqaxnqcfete5bk5amktmo6eyzb3grmaa']) assert.equal(own.isCid(bad), false, bad);
  assert.deepEqual(own.ipfsUri('ipfs://bafybeic54rvf4j757xs6fqwo3wmbxqaxnqcfete5bk5amktmo6eyzb3grm/a%20b/c.json').path, ['a b', 'c.json']);
  assert.equal(own.ipfsUri('https://example.com/ipfs/x'), null);
});

test('a proof that was bent anywhere proves nothing', { skip }, async () => {
  const { prove } = await lib('trie'), { createMPT, createMerkleProof } = await import('@ethereumjs/mpt');
  const trie = await createMPT({ useKeyHashing: true }), keys = Array.from({ length: 200 }, () => random(32));
  for (const key of keys) await trie.put(key, Uint8Array.from([0x82, ...random(2)]));
  const root = hexlify(trie.root());
  for (const key of keys.slice(0, 40)) {
    const nodes = (await createMerkleProof(trie, key)).map(hexlify), value = hexlify(await trie.get(key));
    assert.equal(hexlify(prove(root, key, nodes)), value);
    const which = Math.floor(Math.random() * nodes.length), at = 2 + 2 * Math.floor(Math.random() * (nodes[which].length / 2 - 1));
    const bent = nodes.with(which, nodes[which].slice(0, at) + ((parseInt(nodes[which].slice(at, at + 2), 16) ^ 1).toString(16).padStart(2, '0')) + nodes[which].slice(at + 2));
    assert.throws(() => prove(root, key, bent));
    assert.throws(() => prove(root, key, nodes.slice(0, -1)));
  }
  for (let i = 0; i < 40; i++) {
    const key = random(32);
    assert.equal(prove(root, key, (await createMerkleProof(trie, key)).map(hexlify)), null);
  }
});

test('numbers and times are written as Intl writes them', { skip }, async () => {
  const own = await lib('format'), grouped = new Intl.NumberFormat('en'), relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });
  for (const number of [0n, 7n, 999n, 1000n, 65_536n, 1_234_567n, -1n, -1000n, 2n ** 256n - 1n]) assert.equal(own.count(number), grouped.format(number));
  for (const [seconds, unit] of [[3, 'second'], [60, 'minute'], [3600, 'hour'], [86_400, 'day'], [2_629_800, 'month'], [31_557_600, 'year']]) {
    for (const many of [1, 2]) {
      if (unit === 'second' && many === 2) continue;
      const of = unit === 'second' ? 3 : many;
      assert.equal(own.ago(10_000_000_000 - seconds * many, 10_000_000_000), relative.format(-of, unit));
      assert.equal(own.ago(10_000_000_000 + seconds * many, 10_000_000_000), relative.format(of, unit));
    }
  }
  assert.equal(own.ago(5, 5), 'just now');
});
