// A chain with something of everything that an answer can show: transactions of each type, mints, approvals, burns, a failed one, empty
// blocks, several transactions in a block; and at the end some that are ready and one that waits behind a nonce gap.
import { getCreateAddress, id } from 'ethers';
import { AINFT_FACTORY, ainft, ainftFactory, params } from './ainft.mjs';
import { isNetwork } from './chain.mjs';
import { COLLECTION } from './node.mjs';
import { calldata, sign, walletOf } from './wallets.mjs';

export const wallets = [0, 1, 2].map(walletOf);
/** The first one that the factory makes. */
export const AINFT_COLLECTION = getCreateAddress({ from: AINFT_FACTORY, nonce: 1 });
const GWEI = 10n ** 9n;
const ACCESS_LIST = [{ address: COLLECTION, storageKeys: [`0x${'00'.repeat(32)}`, `0x${'00'.repeat(31)}01`] }];

const FEES = {
  0: { gasPrice: 20n * GWEI },
  1: { gasPrice: 20n * GWEI, accessList: ACCESS_LIST },
  2: { maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: GWEI, accessList: [] },
};

class Sender {
  constructor(node) {
    this.node = node;
    this.nonces = wallets.map(() => 0);
  }

  /** Signed, with the sender's next nonce unless the fields have one. */
  sign(from, type, fields) {
    const nonce = fields.nonce ?? this.nonces[from]++;
    return sign(wallets[from], { type, nonce, gasLimit: 400_000n, ...FEES[type], ...fields });
  }

  send(from, type, fields) { return this.node.rpc('eth_sendRawTransaction', this.sign(from, type, fields).serialized); }

  call(from, type, name, ...args) { return this.send(from, type, { data: calldata(name, ...args) }); }
}

/** Gives hashes by what they are of. Afterwards the chain is held: blocks are made when asked for, or, in a network, none until it is released. */
export async function makeRichChain(node) {
  const sender = new Sender(node);
  const [alice, bob, carol] = wallets.map((wallet) => wallet.address);
  const hashes = {};
  if (!isNetwork) await node.hold();
  const mine = () => (isNetwork ? Promise.all(Object.values(hashes).map((hash) => node.receipt(hash))) : node.rpc('evm_mine'));
  hashes.mint = await sender.call(0, 2, 'mint', alice, 'ipfs://bafy/1');
  for (const type of [0, 1, 2]) hashes[`transfer${type}`] = await sender.send(0, type, { to: bob, value: 5n });
  hashes.secondMint = await sender.call(0, 1, 'mint', bob, `ipfs://${'long/'.repeat(40)}`);
  hashes.failed = await sender.call(1, 2, 'burn', 999n);
  await mine();
  if (!isNetwork) await node.rpc('hardhat_mine', '0x3', '0x5');
  hashes.approve = await sender.call(0, 0, 'approve', carol, 1n);
  hashes.approveAll = await sender.call(1, 2, 'setApprovalForAll', carol, true);
  hashes.thirdMint = await sender.call(0, 2, 'mint', carol, '');
  hashes.ainftCollection = await sender.send(0, 2, { to: AINFT_FACTORY, gasLimit: 3_000_000n,
    data: ainftFactory.encodeFunctionData('createCollection', [params(alice)]) });
  hashes.ainftMint = await sender.send(0, 2, { to: AINFT_COLLECTION, data: ainft.encodeFunctionData('mint', [alice, 'ipfs://bafy/5', '', `0x${'00'.repeat(32)}`]) });
  const ofAinft = (...call) => sender.send(0, 2, { to: AINFT_COLLECTION, data: ainft.encodeFunctionData(...call) });
  hashes.ainftKind = await ofAinft('defineHistoryKind', ['visit', 1, 64, 1]);
  hashes.ainftRule = await ofAinft('setRule', ['history:visit', 'true']);
  await mine();
  hashes.ainftEntry = await ofAinft('appendHistory', [1n, id('visit'), 0, 1, '0x01']);
  hashes.transferToken = await sender.call(2, 1, 'transferFrom', alice, bob, 1n);
  hashes.burn = await sender.call(2, 2, 'burn', 3n);
  await mine();
  if (isNetwork) await node.hold();
  for (const type of [0, 1, 2]) hashes[`pending${type}`] = await sender.send(0, type, { to: carol, value: 1n });
  hashes.pendingMint = await sender.call(1, 2, 'mint', bob, 'ipfs://bafy/4');
  hashes.queued = await sender.send(2, 2, { to: alice, value: 1n, nonce: sender.nonces[2] + 3 });
  return { hashes, sender, alice, bob, carol };
}
