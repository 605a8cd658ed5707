import { createServer } from 'node:net';
import { OperatorError } from './operator-error.mjs';

/** Binds and releases the port. @returns {Promise<number>} the port; rejects with the error of `listen`. */
function tryPort(host, port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const taken = server.address().port;
      server.close(() => resolve(taken));
    });
  });
}

/**
 * `count` different free ports on loopback. They are chosen before the services start, because a restarted service must
 * have the address that the others were configured with.
 */
export async function freePorts(count) {
  const chosen = new Set();
  while (chosen.size < count) chosen.add(await tryPort('127.0.0.1', 0));
  return [...chosen];
}

/** @throws {OperatorError} if the gateway cannot listen on the port */
export async function claimPort(host, port) {
  try {
    return await tryPort(host, port);
  } catch (error) {
    if (error.code === 'EADDRINUSE') {
      throw new OperatorError(
        `Port ${port} is in use: close the program that listens there, or choose another port with PORT=3001 npm start.`,
      );
    }
    if (error.code === 'EACCES') {
      throw new OperatorError(`Port ${port} needs more rights: choose one above 1023 with PORT=3000 npm start.`);
    }
    throw new OperatorError(
      `Cannot listen on HOST ${host}, port ${port} (${error.code ?? error.message}): check HOST.`,
    );
  }
}
