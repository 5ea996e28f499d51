// The ten accounts that have funds in every genesis of these tests, and transactions that they sign for themselves.
import { HDNodeWallet, Interface, Transaction } from 'ethers';
import { COLLECTION, COLLECTION_ABI, MNEMONIC } from './node.mjs';

export const nft = new Interface(COLLECTION_ABI);
export const walletOf = (index) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);

const FEES = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n };

/** fields: nonce, and what is not as usual. A usual one is of type 2, calls the collection, and pays whatever a block asks. */
export function sign(wallet, fields) {
  const transaction = Transaction.from({ type: 2, chainId: 31337, to: COLLECTION, gasLimit: 500_000n, ...((fields.type ?? 2) >= 2 ? FEES : {}), ...fields });
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
  return transaction;
}

/** A call of the collection: sign(wallet, { nonce, data: calldata('mint', to, uri) }). */
export const calldata = (name, ...args) => nft.encodeFunctionData(name, args);
