/**
 * A provider for the benchmark: OpenAI's image protocol, answered at once with a prepared image of a known size. A
 * process of its own; sends its port to images.mjs. The prompt is the size: `1 MB`, `2 MB`.
 */
import { createServer } from 'node:http';
import sharp from 'sharp';

const MB = 1_000_000;

/** Noise, which PNG cannot compress: three bytes a pixel. */
async function answerOf(megabytes) {
  const side = Math.floor(Math.sqrt((megabytes * MB) / 3));
  const noise = { type: 'gaussian', mean: 128, sigma: 60 };
  const image = sharp({ create: { width: side, height: side, channels: 3, background: '#000', noise } });
  const b64_json = (await image.png({ compressionLevel: 0 }).toBuffer()).toString('base64');
  // One token, so that the benchmark does not use up its credit.
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  return Buffer.from(JSON.stringify({ created: 1, data: [{ b64_json }], usage }));
}

const answers = new Map();
for (const megabytes of [1, 2]) answers.set(`${megabytes} MB`, await answerOf(megabytes));

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { prompt } = JSON.parse(Buffer.concat(pieces).toString());
  const answer = answers.get(prompt);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));
