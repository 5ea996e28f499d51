require('@nomicfoundation/hardhat-ethers');
module.exports = { defaultNetwork: 'localhost', networks: { localhost: { url: process.env.MINTMARK_RPC } } };
