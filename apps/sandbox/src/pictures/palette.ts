import { hashOf } from '../tokens/canned-text.js';

export type Colour = readonly [red: number, green: number, blue: number];

/** The colours a prompt's picture runs through: always the same for the same words, dark enough for white text. */
export function paletteOf(prompt: string): Colour[] {
  const hash = hashOf(prompt);
  const hue = hash % 360;
  const turn = 35 + ((hash >>> 9) % 50);
  return [
    colourOf(hue, 0.62, 0.2),
    colourOf(hue + turn, 0.6, 0.36),
    colourOf(hue + turn * 1.6, 0.66, 0.44),
    colourOf(hue + turn * 2.4, 0.6, 0.3),
    colourOf(hue + turn * 2.8, 0.62, 0.16),
  ];
}

/** From hue in degrees, saturation and lightness; lightness is lowered where the eye sees a hue as bright. */
function colourOf(hue: number, saturation: number, lightness: number): Colour {
  const channel = (offset: number, light: number): number => {
    const k = (offset + hue / 30) % 12;
    return light - saturation * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  const seen = 0.3 * channel(0, lightness) + 0.59 * channel(8, lightness) + 0.11 * channel(4, lightness);
  const light = lightness * Math.min(1.15, Math.max(0.6, lightness / seen));
  const byte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
  return [byte(channel(0, light)), byte(channel(8, light)), byte(channel(4, light))];
}
