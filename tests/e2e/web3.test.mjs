// web3.js 4, unmodified, over HTTP and WebSocket.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Interface, verifyMessage, verifyTypedData } from 'ethers';
import { Web3 } from 'web3';
import { onlyAlone, startChain } from './lib/chain.mjs';
import { askToControl } from './lib/control.mjs';
import { COLLECTION, COLLECTION_ABI } from './lib/node.mjs';
import { askAboutTheChain, askToSend, askToSign } from './lib/questions.mjs';
import { Recorder } from './lib/recorder.mjs';
import { until } from './lib/wait.mjs';
import { walletOf } from './lib/wallets.mjs';

const ABI = JSON.parse(new Interface(COLLECTION_ABI).formatJson());
let node, recorder, web3, alice, bob, collection;
before(async () => {
  node = await startChain();
  recorder = await Recorder.start(node, 'web3');
  web3 = new Web3(recorder.url);
  web3.eth.transactionPollingInterval = 20;
  [alice, bob] = [0, 1].map((index) => web3.eth.accounts.privateKeyToAccount(walletOf(index).privateKey));
  for (const account of [alice, bob]) web3.eth.accounts.wallet.add(account);
  collection = new web3.eth.Contract(ABI, COLLECTION);
  collection.transactionPollingInterval = 20; // it has its own
});
after(async () => { await recorder.close('web3').finally(() => node.close()); });

const send = (method, from) => method.send({ from: from.address });
const mint = async (to, uri) => (await send(collection.methods.mint(to.address, uri), alice)).events.Transfer.returnValues.tokenId;

test('mint, read, transfer, past events', async () => {
  const id = await mint(alice, 'ipfs://web3');
  assert.equal(await collection.methods.ownerOf(id).call(), alice.address);
  assert.equal(await collection.methods.tokenURI(id).call(), 'ipfs://web3');
  const receipt = await send(collection.methods.transferFrom(alice.address, bob.address, id), alice);
  assert.equal(receipt.status, 1n);
  await node.everywhere(receipt.blockNumber);
  const far = new Web3(node.far.url);
  for (const here of [collection, new far.eth.Contract(ABI, COLLECTION)]) {
    assert.equal(await here.methods.ownerOf(id).call(), bob.address);
    const events = await here.getPastEvents('Transfer', { filter: { tokenId: id }, fromBlock: 0 });
    assert.deepEqual(events.map((event) => event.returnValues.to), [alice.address, bob.address]);
  }
});

test('approvals, and a revert as the custom error', async () => {
  const id = await mint(alice, 'ipfs://approved');
  const take = collection.methods.transferFrom(alice.address, bob.address, id);
  await assert.rejects(take.call({ from: bob.address }), (error) => {
    assert.equal(error.cause.errorName, 'ERC721InsufficientApproval');
    assert.deepEqual([error.cause.errorArgs.operator, error.cause.errorArgs.tokenId], [bob.address, id]);
    return true;
  });
  await send(collection.methods.approve(bob.address, id), alice);
  assert.equal(await collection.methods.getApproved(id).call(), bob.address);
  await send(take, bob);
  await send(collection.methods.setApprovalForAll(alice.address, true), bob);
  assert.equal(await collection.methods.isApprovedForAll(bob.address, alice.address).call(), true);
  await send(collection.methods.transferFrom(bob.address, alice.address, id), alice);
  assert.equal(await collection.methods.ownerOf(id).call(), alice.address);
  await assert.rejects(collection.methods.ownerOf(987654321).call(), (error) => error.cause.errorName === 'ERC721NonexistentToken');
});

test('subscriptions over WebSocket: logs of a contract, heads, pending transactions', async () => {
  const socket = new Web3(recorder.ws);
  const near = new socket.eth.Contract(ABI, COLLECTION);
  const seen = { logs: [], heads: [], pending: [] };
  const logs = await near.events.Transfer();
  logs.on('data', (event) => seen.logs.push(event.transactionHash));
  const heads = await socket.eth.subscribe('newBlockHeaders');
  heads.on('data', (head) => seen.heads.push(Number(head.number)));
  const pending = await socket.eth.subscribe('newPendingTransactions');
  pending.on('data', (hash) => seen.pending.push(hash));
  const receipts = [];
  for (let i = 0; i < 5; i++) receipts.push(await send(collection.methods.mint(bob.address, `ipfs://told/${i}`), alice));
  await until(() => Object.values(seen).every((list) => list.length >= 5));
  const hashes = receipts.map((receipt) => receipt.transactionHash);
  assert.deepEqual(seen, { logs: hashes, heads: receipts.map((receipt) => Number(receipt.blockNumber)), pending: hashes });
  for (const subscription of [logs, heads, pending]) await subscription.unsubscribe();
  assert.ok(recorder.methods.get('eth_unsubscribe') >= 3);
  socket.provider.disconnect();
});

test('proofs, fees, old state', async () => {
  const before = await web3.eth.getBlockNumber();
  const supply = await collection.methods.totalSupply().call();
  await mint(bob, 'ipfs://later');
  assert.equal(await collection.methods.totalSupply().call({}, before), supply);
  const proof = await web3.eth.getProof(COLLECTION, [`0x${'0'.repeat(64)}`], 'latest');
  assert.ok(proof.accountProof.length > 0 && proof.storageProof[0].proof.length > 0);
  const gas = await collection.methods.mint(bob.address, 'ipfs://estimated').estimateGas({ from: alice.address });
  const receipt = await collection.methods.mint(bob.address, 'ipfs://estimated').send({ from: alice.address, gas: String(gas) });
  assert.equal(receipt.gasUsed, gas);
  const history = await web3.eth.getFeeHistory(2, 'latest', [50]);
  assert.deepEqual([history.baseFeePerGas.length, history.reward.length], [3, 2]);
  assert.equal(await web3.eth.getGasPrice(), history.baseFeePerGas[2] + await web3.eth.getMaxPriorityFeePerGas());
  const transfer = await web3.eth.sendTransaction({ from: alice.address, to: bob.address, value: '1' });
  assert.equal(transfer.gasUsed, 21000n);
});

test('the node signs messages and typed data for its own accounts', onlyAlone('unlocked accounts'), async () => {
  const [account] = await web3.eth.getAccounts();
  const hello = web3.utils.utf8ToHex('hello');
  const own = new Web3(recorder.url); // with no keys of its own
  assert.equal(web3.eth.accounts.recover('hello', await own.eth.sign(hello, account)), account);
  assert.equal(web3.eth.accounts.recover('hello', await own.eth.personal.sign(hello, account, 'no password')), account);
  const domain = { name: 'market', chainId: 31337 };
  const types = { Bid: [{ name: 'token', type: 'uint256' }] };
  const typed = { domain, primaryType: 'Bid', message: { token: 5 },
    types: { EIP712Domain: [{ name: 'name', type: 'string' }, { name: 'chainId', type: 'uint256' }], ...types } };
  assert.equal(verifyTypedData(domain, types, typed.message, await own.eth.signTypedData(account, typed)), account);
  const receipt = await own.eth.sendTransaction({ from: account, to: bob.address, value: '1' });
  assert.equal(receipt.status, 1n);
});

test('an account of web3 signs messages', async () => {
  assert.equal(web3.eth.accounts.recover('hello', alice.sign('hello').signature), alice.address);
  assert.equal(verifyMessage('hello', alice.sign('hello').signature), alice.address);
});

const ask = async (method, ...params) => {
  const { result, error } = await web3.provider.request({ jsonrpc: '2.0', id: 1, method, params }).catch((cause) => ({ error: cause }));
  if (error) throw new Error(error.cause?.message ?? error.message);
  return result;
};

test('everything else, by provider.request', async () => {
  const { transactionHash } = await send(collection.methods.mint(alice.address, 'ipfs://asked'), alice);
  await askAboutTheChain(ask, transactionHash);
  await askToSend(ask, walletOf(0));
});

test('signing and dev control, by provider.request', onlyAlone('dev control'), async () => {
  await askToSign(ask);
  await askToControl(ask);
});
