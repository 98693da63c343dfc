/**
 * Control characters (C0, DEL, C1), and the characters that reorder text: U+061C, U+200E, U+200F, U+202A to U+202E,
 * U+2066 to U+2069. In a terminal they could forge or hide what is shown.
 */
const unsafe = /[\p{Control}\p{Bidi_Control}]/gu;

const shortEscapes: Record<string, string> = {'\n': '\\n', '\r': '\\r', '\t': '\\t'};

/** Text of unknown origin as a terminal may show it: every unsafe character as a visible escape, on one line. */
export function terminalText(text: string): string {
  return wellFormed(text).replace(unsafe, (character) => shortEscapes[character] ?? escapeOf(character));
}

/** A JSON string with its quotes, in which unsafe characters are escaped too: JSON itself asks it for C0 alone. */
export function jsonText(text: string): string {
  return JSON.stringify(wellFormed(text)).replace(unsafe, escapeOf);
}

/** Lone surrogates have no UTF-8: they become U+FFFD. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
