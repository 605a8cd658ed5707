/** The file of a small text model. */
export const modelFile = (id: string, { name = id, more = '' } = {}): string => `id: ${id}
name: ${name}
description: For tests.
creator: someone
created: 2026-01-01
modality: text
modes: [chat]
text: { inputs: [text] }
offerings:
  - provider: openrouter
    model: ${id}
    price:
      - { type: input, metric: token, unit_price: '0.000001' }
      - { type: output, metric: token, unit_price: '0.000002' }
${more}`;
