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
    ['two\n  lines\u0000', 'two lines'],
    ['ratio 16:9 at 12:30:45', 'ratio 16:9 at 12:30:45'],
    ['', null],
    ['  -- ', null],
  ])('%j reads %j', (text, clean) => expect(cleanMessage(text, ['mysecretkey'])).toBe(clean));

  it('is at most 300 characters long', () => {
    expect(cleanMessage('x'.repeat(10_000))).toHaveLength(300);
  });
});
