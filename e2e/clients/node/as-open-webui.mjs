/** The requests that Open WebUI sends with its image settings (engine "openai"), and its list of models. */
import assert from 'node:assert/strict';

const base = process.env.OPENAI_BASE_URL;
const headers = {
  Authorization: `Bearer ${process.env.OPENAI_API_KEY}`,
  'Content-Type': 'application/json',
  'X-OpenWebUI-User-Name': 'Ada',
  'X-OpenWebUI-User-Role': 'user',
};
const model = process.env.IMAGE_MODEL;

async function images(body) {
  const response = await fetch(`${base}/images/generations`, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer.data;
}

const listed = await (await fetch(`${base}/models`, { headers })).json();
assert.ok(listed.data.some(({ id }) => id === model));
const [whole] = await images({ model, prompt: 'A fox', n: 1, size: '1024x1024', response_format: 'b64_json' });
assert.ok(Buffer.from(whole.b64_json, 'base64').length > 0);
// Without a size in the settings, Open WebUI sends it empty.
const [other] = await images({ model, prompt: 'A fox', n: 1, size: '', response_format: 'b64_json' });

const form = new FormData();
for (const [name, value] of Object.entries({ model, prompt: 'At night', n: '1', response_format: 'b64_json' })) {
  form.set(name, value);
}
form.append('image', new Blob([Buffer.from(other.b64_json, 'base64')], { type: 'image/png' }), 'image.png');
const edited = await fetch(`${base}/images/edits`, {
  method: 'POST',
  headers: { Authorization: headers.Authorization },
  body: form,
});
const answer = await edited.json();
assert.equal(edited.status, 200, JSON.stringify(answer));
assert.ok(answer.data[0].b64_json);
console.log('models, image, image without size, edit');
