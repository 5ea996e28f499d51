// The same numbers everywhere (splitmix64).
export class Random {
  constructor(seed) { this.state = BigInt(seed); }

  next() {
    this.state = (this.state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    let z = this.state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
    return z ^ (z >> 31n);
  }

  below(n) { return Number(this.next() % BigInt(n)); }

  pick(list) { return list[this.below(list.length)]; }

  chance(share) { return this.below(1000) < share * 1000; }

  bytes(len) { return '0x' + Array.from({ length: len }, () => this.below(256).toString(16).padStart(2, '0')).join(''); }
}
