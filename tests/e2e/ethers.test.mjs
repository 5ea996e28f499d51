// ethers 6, unmodified: mint, transfer, read, events, and a revert decoded as the custom error.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Contract, HDNodeWallet, JsonRpcProvider, NonceManager, parseEther } from 'ethers';
import { COLLECTION, COLLECTION_ABI, FACTORY, MNEMONIC, Node } from './lib/node.mjs';

let node, provider, alice, bob, collection;
before(async () => {
  node = await Node.start();
  // ethers keeps every answer for 250 ms; a block takes a few, so a nonce asked for twice would be the old one.
  provider = new JsonRpcProvider(node.url, undefined, { cacheTimeout: -1 });
  const wallet = (i) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`).connect(provider);
  alice = wallet(0);
  bob = wallet(1);
  collection = new Contract(COLLECTION, COLLECTION_ABI, alice);
});
after(async () => { provider.destroy(); await node.close(); });

test('mint, read, transfer, events', async () => {
  const receipt = await (await collection.mint(alice.address, 'ipfs://bafy/metadata.json')).wait();
  assert.equal(receipt.status, 1);
  const transfer = receipt.logs.map((log) => collection.interface.parseLog(log)).find((log) => log?.name === 'Transfer');
  const id = transfer.args.tokenId;
  assert.equal(await collection.ownerOf(id), alice.address);
  assert.equal(await collection.tokenURI(id), 'ipfs://bafy/metadata.json');
  assert.equal(await collection.name(), 'mintmark');
  await (await collection.transferFrom(alice.address, bob.address, id)).wait();
  assert.equal(await collection.ownerOf(id), bob.address);
  const history = await collection.queryFilter(collection.filters.Transfer(null, null, id));
  assert.deepEqual(history.map((event) => event.args.to), [alice.address, bob.address]);
});

test('a revert is decoded as the custom error', async () => {
  await assert.rejects(collection.ownerOf(123456789n), (error) => {
    assert.equal(error.code, 'CALL_EXCEPTION');
    assert.equal(error.revert.name, 'ERC721NonexistentToken');
    assert.deepEqual([...error.revert.args], [123456789n]);
    return true;
  });
  await assert.rejects(collection.connect(bob).burn.estimateGas(987654321n), { code: 'CALL_EXCEPTION' });
});

test('state at old blocks', async () => {
  const first = await provider.getBlockNumber();
  const before = await collection.totalSupply();
  await (await collection.mint(bob.address, 'ipfs://old')).wait();
  assert.equal(await collection.totalSupply({ blockTag: first }), before);
  assert.equal(await collection.totalSupply(), before + 1n);
});

test('value transfer, fees and balances add up', async () => {
  const address = HDNodeWallet.createRandom().address;
  const start = await provider.getBalance(alice.address);
  const receipt = await (await alice.sendTransaction({ to: address, value: parseEther('1.5') })).wait();
  assert.equal(receipt.gasUsed, 21000n);
  assert.equal(await provider.getBalance(address), parseEther('1.5'));
  assert.equal(await provider.getBalance(alice.address), start - parseEther('1.5') - receipt.fee);
});

test('a collection of one\'s own from the factory', async () => {
  const factory = new Contract(FACTORY, [
    'function createCollection(string name, string symbol, bool openMint) returns (address)',
    'event CollectionCreated(address indexed collection, address indexed creator, string name, string symbol)',
  ], bob);
  const receipt = await (await factory.createCollection('Birds', 'BRD', false)).wait();
  const created = receipt.logs.map((log) => factory.interface.parseLog(log)).find((log) => log?.name === 'CollectionCreated');
  const birds = new Contract(created.args.collection, COLLECTION_ABI, bob);
  assert.equal(await birds.owner(), bob.address);
  await assert.rejects(birds.connect(alice).mint.staticCall(alice.address, 'x'),
    (error) => error.revert?.name === 'OwnableUnauthorizedAccount');
  await (await birds.mint(alice.address, 'ipfs://bird')).wait();
  assert.equal(await birds.ownerOf(1n), alice.address);
});

test('many transactions at once from one account', async () => {
  const manager = new NonceManager(bob);
  const sends = [];
  for (let i = 0; i < 40; i++) sends.push(collection.connect(manager).mint(bob.address, `ipfs://many/${i}`));
  const receipts = await Promise.all((await Promise.all(sends)).map((response) => response.wait()));
  assert.ok(receipts.every((receipt) => receipt.status === 1));
});
