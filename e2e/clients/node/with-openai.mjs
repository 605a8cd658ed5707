/** OpenAI's TypeScript SDK: a chat, a stream, an image, an error. */
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const client = new OpenAI();
const model = process.env.CHAT_MODEL;
const messages = [{ role: 'user', content: 'Say hello' }];

const chat = await client.chat.completions.create({ model, messages });
assert.ok(chat.choices[0].message.content);
assert.match(chat._request_id, /^req_/);

let text = '';
for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
  text += chunk.choices[0]?.delta.content ?? '';
}
assert.ok(text);

const { data } = await client.images.generate({ model: process.env.IMAGE_MODEL, prompt: 'A fox' });
assert.ok(data[0].url);

await assert.rejects(client.chat.completions.create({ model: 'no-such/model-at-all', messages }), OpenAI.NotFoundError);
console.log('chat, stream, image, error');
