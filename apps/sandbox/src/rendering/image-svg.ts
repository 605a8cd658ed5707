import { withoutDirectives } from '../directives/parse-directives.js';
import { hashOf } from '../tokens/canned-text.js';
import type { Size } from './media.js';

const FONT = 'font-family="DejaVu Sans" font-weight="bold" fill="#fff"';
const SMALLEST_WITH_TEXT = 64;

/** A gradient that the prompt chooses, darker at the bottom, so that white text is readable on it. */
export function backgroundSvg(prompt: string, { width, height }: Size): string {
  const hash = hashOf(prompt);
  const hue = hash % 360;
  const turn = 35 + ((hash >>> 9) % 50);
  const colours = [
    [0, 20],
    [1, 33],
    [1.6, 40],
    [2.4, 28],
    [2.8, 16],
  ].map(
    ([turns = 0, lightness = 0], index) =>
      `<stop offset="${index * 25}%" stop-color="hsl(${Math.round(hue + turn * turns) % 360},62%,${lightness}%)"/>`,
  );
  return (
    `<linearGradient id="g" x2="1" y2="1">${colours.join('')}</linearGradient>` +
    '<linearGradient id="d" x2="0" y2="1"><stop offset="35%" stop-opacity="0"/><stop offset="100%" stop-opacity=".5"/>' +
    `</linearGradient><rect width="${width}" height="${height}" fill="url(#g)"/>` +
    `<rect width="${width}" height="${height}" fill="url(#d)"/>`
  );
}

/** SANDBOX in a corner, the prompt and a small caption at the bottom; empty if the image is too small to read them. */
export function textSvg(prompt: string, caption: string, { width, height }: Size): string {
  const side = Math.min(width, height);
  if (side < SMALLEST_WITH_TEXT) return '';
  const margin = Math.round(side * 0.07);
  const box = { width: width - 2 * margin, height: (height - 3 * margin) * 0.65 };
  const badge = Math.max(8, Math.round(side * 0.032));
  const captionSize = Math.min(Math.max(7, side * 0.026), box.width / emsOf(caption));
  const { lines, fontSize } = layoutText(withoutDirectives(prompt), box);
  const bottom = height - margin - captionSize * 2;
  const shown = lines.map((line, index) => {
    const baseline = bottom - (lines.length - 1 - index) * fontSize * LINE_HEIGHT;
    return `<text x="${margin}" y="${baseline}" font-size="${fontSize}" ${FONT}>${escapeMarkup(line)}</text>`;
  });
  return (
    `<text x="${margin}" y="${margin + badge}" font-size="${badge}" letter-spacing="${badge / 4}" fill-opacity=".85" ` +
    `${FONT}>SANDBOX</text>${shown.join('')}<text x="${margin}" y="${height - margin}" font-size="${captionSize}" ` +
    `fill-opacity=".75" ${FONT}>${escapeMarkup(caption)}</text>`
  );
}

export const svgDocument = ({ width, height }: Size, content: string): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`);

const LONGEST = 220;
const LINE_HEIGHT = 1.25;
const SMALLEST_FONT = 6;

/** Breaks a prompt into lines, in the largest type (pixels) in which it fills at most the box. */
export function layoutText(text: string, box: Size): { lines: string[]; fontSize: number } {
  const shown = printable(text);
  const largest = Math.max(SMALLEST_FONT, Math.round(Math.min(box.width, box.height) * 0.15));
  for (let fontSize = largest; fontSize > SMALLEST_FONT; fontSize = Math.floor(fontSize * 0.92)) {
    const lines = linesOf(shown, box.width / fontSize);
    if (lines.length * fontSize * LINE_HEIGHT <= box.height) return { lines, fontSize };
  }
  return { lines: linesOf(shown, box.width / SMALLEST_FONT), fontSize: SMALLEST_FONT };
}

/** Fills lines word by word; a word that is longer than a line is broken. @param width in parts of the font size */
function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && emsOf(`${line} ${word}`) <= width) {
      line = `${line} ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const character of word) {
      if (line !== '' && emsOf(line + character) > width) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
  }
  return [...lines, line];
}

/** About how wide DejaVu Sans Bold sets a text, in parts of the font size. */
function emsOf(text: string): number {
  let ems = 0;
  for (const character of text) {
    if (/[ijlI.,:;'| !()[\]]/.test(character)) ems += 0.42;
    else if (/[mwMW@%]/.test(character) || character > '\u2000') ems += 1.05;
    else ems += /[A-Z]/.test(character) ? 0.8 : 0.7;
  }
  return ems;
}

/** Shortened, and without what XML does not allow: control characters and broken surrogates. */
function printable(text: string): string {
  const clean = text
    .slice(0, LONGEST * 2)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  const characters = [...clean];
  return characters.length <= LONGEST ? clean : `${characters.slice(0, LONGEST - 1).join('')}…`;
}

const escapeMarkup = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
