import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IdleThread } from '../src/idle-thread.js';

const script = path.join(mkdtempSync(path.join(tmpdir(), 'thread-')), 'thread.mjs');
writeFileSync(
  script,
  `import { parentPort, threadId } from 'node:worker_threads';
  parentPort.on('message', ({ task, port }) => {
    if (task === 'exit') process.exit(0);
    if (task === 'wait') return;
    port.postMessage(task === 'fail' ? { error: 'It failed.' } : { value: [task, threadId] });
  });`,
);

describe('an idle thread', () => {
  const thread = new IdleThread<string, [string, number]>(script, 60_000);
  afterAll(() => thread.close());

  it('answers tasks, in one thread', async () => {
    const [[first, one], [second, other]] = await Promise.all([thread.run('a'), thread.run('b')]);
    expect([first, second]).toEqual(['a', 'b']);
    expect(one).toBe(other);
  });

  it('rejects a task whose script reports an error, and answers the next one', async () => {
    await expect(thread.run('fail')).rejects.toThrow('It failed.');
    expect((await thread.run('a'))[0]).toBe('a');
  });

  it('rejects running tasks if the thread ends, and starts another one for the next task', async () => {
    const [, before] = await thread.run('a');
    await expect(Promise.all([thread.run('wait'), thread.run('exit')])).rejects.toThrow('ended before it answered');
    const [, after] = await thread.run('a');
    expect(after).not.toBe(before);
  });

  it('rejects running tasks when it is closed', async () => {
    const waiting = thread.run('wait');
    await Promise.all([expect(waiting).rejects.toThrow('ended before it answered'), thread.close()]);
  });
});
