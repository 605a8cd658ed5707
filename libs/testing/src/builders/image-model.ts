/**
 * A catalog file of an image model as short as it can be, with what a test is about.
 *
 * @param modes between commas
 * @param lines of YAML, at the top level: its `image` and its `offerings` at least
 */
export function anImageModelFile(id: string, modes: string, lines: string): { name: string; text: string } {
  return {
    name: `${id}.yaml`,
    text: `
id: ${id}
name: ${id}
description: Made up.
creator: nobody
created: 2026-01-01
modality: image
modes: [${modes}]
${lines}`,
  };
}
