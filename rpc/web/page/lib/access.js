// The token of a content API that asks for one (--api-token-file). It is kept for this tab alone, and goes to that port and nowhere else.

const KEPT = 'mintmark.api-token';
const SHAPE = /^[A-Za-z0-9._~+/-]{16,512}$/;
let token = null;
try {
  token = sessionStorage.getItem(KEPT);
} catch {
  /* no storage: it is given again after the page is loaded anew */
}

/** The API asks for a token, and there is none or another: 401. */
export class TokenError extends Error {
  constructor() {
    super(
      token
        ? 'The content API does not take this token.'
        : 'The content API of this node asks for a token (--api-token-file), and this page has none yet.',
    );
  }
}

export const hasToken = () => Boolean(token);
export const isToken = (text) => SHAPE.test(text);
/** What a request to the API says of it. */
export const accessHeaders = () => (token ? { authorization: `Bearer ${token}` } : {});

/** null: there is none any more. */
export function keepToken(text) {
  token = text;
  try {
    if (text) sessionStorage.setItem(KEPT, text);
    else sessionStorage.removeItem(KEPT);
  } catch {
    /* as above */
  }
}
