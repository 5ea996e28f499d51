// Long enough that gzip makes it shorter.
export const words = [
  'the same words', 'the same words', 'the same words', 'the same words', 'the same words', 'the same words', 'the same words',
  'the same words', 'the same words', 'the same words', 'the same words', 'the same words', 'the same words', 'the same words',
];
