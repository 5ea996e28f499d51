// Elements from calls: h('a.quiet', { href }, 'text', child). Text is always text; nothing here makes markup of a string.

const SVG = 'http://www.w3.org/2000/svg';

function put(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'dataset') Object.assign(element.dataset, value);
  else if (name === 'vars') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
  else if (name in element && !(element instanceof SVGElement) && name !== 'list') element[name] = value;
  else element.setAttribute(name, value === true ? '' : value);
}

export function add(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

function make(element, classes, rest) {
  if (classes.length) element.setAttribute('class', classes.join(' '));
  const [first] = rest,
    hasProperties = first && typeof first === 'object' && !(first instanceof Node) && !Array.isArray(first);
  if (hasProperties) for (const [name, value] of Object.entries(first)) put(element, name, value);
  return add(element, ...(hasProperties ? rest.slice(1) : rest));
}

export function h(tag, ...rest) {
  const [name, ...classes] = tag.split('.');
  return make(document.createElement(name || 'div'), classes, rest);
}
export function svg(tag, ...rest) {
  const [name, ...classes] = tag.split('.');
  return make(document.createElementNS(SVG, name), classes, rest);
}

export const replace = (element, ...children) => {
  element.replaceChildren();
  return add(element, ...children);
};

/** Definition lists: rows of [term, description]; what has no description is left out. */
export const facts = (rows, more = '') =>
  h(
    `dl.facts${more}`,
    rows.filter((row) => row && row[1] !== undefined && row[1] !== null).map(([term, value]) => h('div', h('dt', term), h('dd', value))),
  );
