/** How a prompt is set: what is shown of it, and how large, in pixels. */
export interface TextLayout {
  shown: string;
  fontSize: number;
}

const LONGEST = 220;
/** Of DejaVu Sans Bold, on average, in parts of the font size. */
const CHARACTER_WIDTH = 0.66;
const LINE_HEIGHT = 1.25;

/** Picks the largest type in which the text fills at most the box. */
export function layoutText(text: string, box: { width: number; height: number }): TextLayout {
  const shown = printable(text);
  const largest = Math.max(6, Math.round(Math.min(box.width, box.height) * 0.15));
  for (let fontSize = largest; fontSize > 6; fontSize = Math.floor(fontSize * 0.92)) {
    const perLine = Math.max(1, Math.floor(box.width / (fontSize * CHARACTER_WIDTH)));
    const lines = Math.ceil(shown.length / perLine) + (shown.length > perLine ? 0.5 : 0);
    if (lines * fontSize * LINE_HEIGHT <= box.height) return { shown, fontSize };
  }
  return { shown, fontSize: 6 };
}

/** Shortened, and without what no typesetter takes: control characters, broken surrogates. */
function printable(text: string): string {
  const clean = text
    .slice(0, LONGEST * 2)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  const characters = [...clean];
  return characters.length <= LONGEST ? clean : `${characters.slice(0, LONGEST - 1).join('')}…`;
}

export const escapeMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
