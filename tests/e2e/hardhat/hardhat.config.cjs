require('@nomicfoundation/hardhat-ethers');
// The nodes of a network sign for nobody: then Hardhat does, with the phrase.
const accounts = process.env.MINTMARK_MNEMONIC ? { mnemonic: process.env.MINTMARK_MNEMONIC } : 'remote';
module.exports = { defaultNetwork: 'localhost', networks: { localhost: { url: process.env.MINTMARK_RPC, accounts } } };
