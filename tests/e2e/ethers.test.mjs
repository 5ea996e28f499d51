// ethers 6, unmodified: mint, transfer, approvals, events that are polled and told, custom errors, fees, messages, dev control.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Contract, HDNodeWallet, JsonRpcProvider, NonceManager, parseEther, verifyMessage, verifyTypedData, WebSocketProvider } from 'ethers';
import { onlyAlone, startChain } from './lib/chain.mjs';
import { askToControl } from './lib/control.mjs';
import { COLLECTION, COLLECTION_ABI, FACTORY } from './lib/node.mjs';
import { askAboutTheChain, askToSend, askToSign } from './lib/questions.mjs';
import { Recorder } from './lib/recorder.mjs';
import { until } from './lib/wait.mjs';
import { walletOf } from './lib/wallets.mjs';

let node, recorder, provider, far, alice, bob, collection;
before(async () => {
  node = await startChain();
  recorder = await Recorder.start(node, 'ethers');
  // ethers keeps every answer for 250 ms; a block takes a few, so a nonce asked for twice would be the old one.
  provider = new JsonRpcProvider(recorder.url, undefined, { cacheTimeout: -1 });
  provider.pollingInterval = 20;
  far = new JsonRpcProvider(node.far.url, undefined, { cacheTimeout: -1 });
  [alice, bob] = [0, 1].map((index) => walletOf(index).connect(provider));
  collection = new Contract(COLLECTION, COLLECTION_ABI, alice);
});
after(async () => { provider.destroy(); far.destroy(); await recorder.close('ethers').finally(() => node.close()); });

test('mint, read, transfer, events', async () => {
  const receipt = await (await collection.mint(alice.address, 'ipfs://bafy/metadata.json')).wait();
  assert.equal(receipt.status, 1);
  const transfer = receipt.logs.map((log) => collection.interface.parseLog(log)).find((log) => log?.name === 'Transfer');
  const id = transfer.args.tokenId;
  assert.equal(await collection.ownerOf(id), alice.address);
  assert.equal(await collection.tokenURI(id), 'ipfs://bafy/metadata.json');
  assert.equal(await collection.name(), 'mintmark');
  const given = await (await collection.transferFrom(alice.address, bob.address, id)).wait();
  await node.everywhere(given.blockNumber);
  for (const here of [collection, collection.connect(far)]) {
    assert.equal(await here.ownerOf(id), bob.address);
    const history = await here.queryFilter(here.filters.Transfer(null, null, id));
    assert.deepEqual(history.map((event) => event.args.to), [alice.address, bob.address]);
  }
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

test('approvals: one token, all tokens', async () => {
  const id = await collection.mint.staticCall(alice.address, 'ipfs://approved');
  await (await collection.mint(alice.address, 'ipfs://approved')).wait();
  const taken = collection.connect(bob).transferFrom;
  await assert.rejects(taken.staticCall(alice.address, bob.address, id), (error) => {
    assert.equal(error.revert.name, 'ERC721InsufficientApproval');
    assert.deepEqual([...error.revert.args], [bob.address, id]);
    return true;
  });
  await (await collection.approve(bob.address, id)).wait();
  assert.equal(await collection.getApproved(id), bob.address);
  await (await taken(alice.address, bob.address, id)).wait();
  await (await collection.connect(bob).setApprovalForAll(alice.address, true)).wait();
  assert.equal(await collection.isApprovedForAll(bob.address, alice.address), true);
  await (await collection.transferFrom(bob.address, alice.address, id)).wait();
  assert.equal(await collection.ownerOf(id), alice.address);
});

test('events are polled for with filters, and told over WebSocket, the same', async () => {
  const socket = new WebSocketProvider(recorder.ws);
  const near = collection.connect(socket);
  const polled = [];
  const told = [];
  await collection.on('Transfer', (from, to, id, event) => polled.push(event.log.transactionHash));
  await near.on('Transfer', (from, to, id, event) => told.push(event.log.transactionHash));
  await until(() => recorder.methods.has('eth_newFilter') && recorder.methods.has('eth_subscribe'));
  const sent = [];
  for (let i = 0; i < 5; i++) sent.push((await (await collection.mint(bob.address, `ipfs://told/${i}`)).wait()).hash);
  await until(() => polled.length >= 5 && told.length >= 5);
  assert.deepEqual(polled, sent);
  assert.deepEqual(told, sent);
  await collection.removeAllListeners();
  await near.removeAllListeners();
  await until(() => recorder.methods.has('eth_unsubscribe'));
  await socket.send('eth_chainId', []); // behind that answer on its way to the client
  await socket.destroy();
});

test('estimates and fees are enough, and not far too much', async () => {
  const gas = await collection.mint.estimateGas(alice.address, 'ipfs://estimated');
  const fees = await provider.getFeeData();
  const receipt = await (await collection.mint(alice.address, 'ipfs://estimated', { gasLimit: gas, ...fees, gasPrice: null })).wait();
  assert.equal(receipt.gasUsed, gas);
  assert.ok(receipt.gasPrice <= fees.maxFeePerGas);
  await assert.rejects((await collection.mint(alice.address, 'ipfs://estimated', { gasLimit: gas - 1n })).wait(),
    (error) => error.code === 'CALL_EXCEPTION' && error.receipt.status === 0);
});

test('the node signs messages and typed data for its own accounts', onlyAlone('unlocked accounts'), async () => {
  const signer = await provider.getSigner(0);
  assert.equal(verifyMessage('hello', await signer.signMessage('hello')), alice.address);
  assert.equal(verifyMessage('hello', await signer._legacySignMessage('hello')), alice.address);
  const domain = { name: 'market', chainId: 31337 };
  const types = { Bid: [{ name: 'token', type: 'uint256' }, { name: 'by', type: 'address' }] };
  const bid = { token: 5n, by: bob.address };
  assert.equal(verifyTypedData(domain, types, bid, await signer.signTypedData(domain, types, bid)), alice.address);
  const response = await signer.sendTransaction({ to: bob.address, value: 1n });
  assert.equal((await response.wait()).status, 1);
});

test('a wallet signs messages and typed data, and the node knows the signer of a transaction', async () => {
  assert.equal(verifyMessage('hello', await alice.signMessage('hello')), alice.address);
  const [domain, types] = [{ name: 'market', chainId: 31337 }, { Bid: [{ name: 'token', type: 'uint256' }] }];
  assert.equal(verifyTypedData(domain, types, { token: 5n }, await alice.signTypedData(domain, types, { token: 5n })), alice.address);
  const { hash } = await (await alice.sendTransaction({ to: bob.address, value: 1n })).wait();
  assert.equal((await provider.getTransaction(hash)).from, alice.address);
});

const ask = (method, ...params) => provider.send(method, params);

test('everything else, by provider.send', async () => {
  const { hash } = await (await collection.mint(alice.address, 'ipfs://asked')).wait();
  await askAboutTheChain(ask, hash);
  await askToSend(ask, walletOf(0));
});

test('signing and dev control, by provider.send', onlyAlone('dev control'), async () => {
  await askToSign(ask);
  await askToControl(ask, { reset: true });
});
