import { cleanMessage } from './clean-message.js';

describe('cleanMessage', () => {
  it.each([
    ['Invalid size: 17x17', 'Invalid size: 17x17'],
    ['Incorrect API key provided: sk-proj-abc*****************xyz9.', 'Incorrect API key provided: [secret].'],
    ['Authorization: Bearer abc.def-ghi_jkl', 'Authorization: Bearer [secret]'],
    ['key mysecretkey rejected', 'key [secret] rejected'],
    ['See https://platform.openai.com/account/api-keys for more', 'See [address] for more'],
    ['upstream 10.2.3.4:8443 reset', 'upstream [address] reset'],
    ['dial tcp [fd00:1:2:3::1]:443', 'dial tcp [address]'],
    ['connect to redis.prod.svc.cluster.local:6379', 'connect to [address]'],
    ['at localhost:11434', 'at [address]'],
    ['in organization org-AbCdEf0123456789 on RPM', 'in organization [account] on RPM'],
    ['<html><head><style>b{}</style></head><h1>502 Bad Gateway</h1></html>', '502 Bad Gateway'],
    ['boom\n    at Object.<anonymous> (/srv/app/x.js:1:1)', 'boom'],
    ['oops Traceback (most recent call last): File "/app/x.py"', 'oops'],
    ['bad image data:image/png;base64,iVBORw0KGgo=', 'bad image [data]'],
    ['the token r8_Ab3dEf6hIj9kLm2nOp5q is not valid', 'the token [secret] is not valid'],
    ['xai-0123456789abcdefABCDEF is not valid', '[secret] is not valid'],
    ['hf_AbCdEfGhIjKlMnOp, fw_3ZaBcDeFgHiJkLmN and AKIAIOSFODNN7EXAMPLE', '[secret], [secret] and [secret]'],
    ['api_key=abc123DEF456ghi789 was sent', 'api_key=[secret] was sent'],
    ['connect ECONNREFUSED ::1:8080', 'connect ECONNREFUSED [address]'],
    [
      'dial tcp: lookup vllm-0.vllm on 10.96.0.10:53: no such host',
      'dial tcp: lookup vllm-0.vllm on [address]: no such host',
    ],
    ['connection to vllm-worker-3:8000 failed', 'connection to [address] failed'],
    ['error in /usr/src/app/node_modules/x/index.js:12:3', 'error in [path]'],
    ['cannot read /home/runner/models/flux.safetensors', 'cannot read [path]'],
    ['image/png and text/plain, 1024x1024 or 16:9', 'image/png and text/plain, 1024x1024 or 16:9'],
    [
      'use black-forest-labs/flux-1.1-pro or openai/v1/images',
      'use black-forest-labs/flux-1.1-pro or openai/v1/images',
    ],
    ['token:12345 limit:8192', 'token:12345 limit:8192'],
    ['two\n  lines\u0000', 'two lines'],
    ['ratio 16:9 at 12:30:45', 'ratio 16:9 at 12:30:45'],
    ['', null],
    ['  -- ', null],
  ])('cleans %j to %j', (text, clean) => expect(cleanMessage(text, ['mysecretkey'])).toBe(clean));

  it('cuts a message to 300 characters', () => {
    expect(cleanMessage('x'.repeat(10_000))).toHaveLength(300);
  });
});
